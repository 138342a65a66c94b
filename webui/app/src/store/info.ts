/* SPDX-License-Identifier: MIT */
// What the server is: its listeners, its counters.
import { computed, signal } from '@preact/signals';

import * as api from '../api.ts';
import type { LiveEvent } from '../live.ts';
import type { Info, Listener } from '../types.ts';
import { say } from './toast.ts';

export const info = signal<Info | null>(null);
/** Attempts that failed, as the search for them finds them; null: not counted yet. */
export const failedTotal = signal<number | null>(null);
/** The tags that occur most, with how often: "12", or "500+" where nobody counted further. */
export const tagCounts = signal<[name: string, times: string][]>([]);
export const inboxes = signal<string[]>([]);

let timer = 0;

async function read(): Promise<void>
{
    const now = await api.info().catch(() => null);
    if (now) {
        info.value = now;
        if (now.store.failure !== null) {
            refresh();
        }
    }
}

/** Reads the counters again, at most once in two seconds. */
export function refresh(): void
{
    if (timer === 0) {
        timer = window.setTimeout(() => {
            timer = 0;
            void read();
        }, 2000);
    }
}

export async function load(): Promise<void>
{
    await read();
    const known = await api.get<{ inboxes?: { name: string }[] }>('/api/inboxes').catch(() => ({ inboxes: [] }));
    inboxes.value = (known.inboxes ?? []).map((one) => one.name);
}

export function apply(events: LiveEvent[]): void
{
    for (const event of events) {
        if (event.type === 'hello') {
            greet(event.body as { version: string; epoch: Info['epoch'] });
        } else if (event.type === 'inbox') {
            void load();
        }
    }
    if (events.some((event) => ['message', 'session', 'deleted', 'gap'].includes(event.type))) {
        refresh();
    }
}

export const restarted = signal(0);

function greet(hello: { version: string; epoch: Info['epoch'] }): void
{
    const known = info.value;
    if (!known) {
        return;
    }
    if (hello.version !== known.version) {
        say(`The server is now ${hello.version}.`, {
            stay: 0, action: { label: `Reload for ${hello.version}`, run: () => location.reload() },
        });
    }
    if (hello.epoch !== known.epoch) {
        restarted.value++;
        void read();
    }
}

const isSmtp = (one: Listener): boolean => one.kind === 'smtp';

/** The listener that a developer's settings should name: plain SMTP, IPv4 first. */
export const mainListener = computed<Listener | null>(() => {
    const all = (info.value?.listeners ?? []).filter(isSmtp);
    return all.find((one) => !one.address.includes(':')) ?? all[0] ?? null;
});
