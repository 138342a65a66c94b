/* SPDX-License-Identifier: MIT */
// What stands beside the list: one message, or one session.
import { computed, effect, signal, untracked } from '@preact/signals';

import * as api from '../api.ts';
import { type LiveEvent, asMessage, asSession } from '../live.ts';
import { type View, go, route, search, views } from '../router.ts';
import type { Message, SessionSummary } from '../types.ts';
import { patch } from './actions.ts';
import { set, settings } from './settings.ts';

export const message = signal<Message | null>(null);
/** The session that is open, or the one that brought the open message. */
export const session = signal<SessionSummary | null>(null);
export const problem = signal<{ status: number; text: string } | null>(null);

let abort = new AbortController();

/** The view that is shown: the address's, else the one its reader likes, where the message has it. */
export const view = computed<View>(() => {
    const asked = route.value.view;
    if (asked) {
        return asked;
    }
    const liked = views.find((one) => one === settings.value.view) ?? 'html';
    return liked === 'html' && message.value && message.value.html === null ? 'text' : liked;
});

/** Opens another view of the open message and remembers that its reader likes it. */
export function pickView(name: View): void
{
    const id = route.value.id;
    set({ view: name });
    if (route.value.page === 'message' && id !== null) {
        go(`/messages/${id}/${name}${search()}`, true);
    }
}

function failed(error: unknown): void
{
    const status = error instanceof api.Problem ? error.status : 0;
    problem.value = { status, text: error instanceof Error ? error.message : String(error) };
}

async function openMessage(id: number, mine: AbortSignal): Promise<void>
{
    const one = await api.message(id, '', mine);
    if (mine.aborted) {
        return;
    }
    message.value = one;
    if (!one.read) {
        void patch([`m${one.id}`], { read: true });
    }
    if (one.session !== null && session.value?.id !== one.session) {
        session.value = await api.session(one.session, mine).catch(() => null);
    }
}

/** "latest" becomes the number it stands for now, so that the address stays true. */
async function openLatest(mine: AbortSignal): Promise<void>
{
    const { q, inbox, view: asked } = route.value;
    const one = await api.message('latest', api.query({ q, zone: api.zone(q), inbox }), mine);
    if (!mine.aborted) {
        go(`/messages/${one.id}${asked ? `/${asked}` : ''}${search()}`, true);
    }
}

async function openSession(id: number, mine: AbortSignal): Promise<void>
{
    const one = await api.session(id, mine);
    if (!mine.aborted) {
        session.value = one;
    }
}

function open(page: string, id: number | 'latest' | null): void
{
    abort.abort();
    abort = new AbortController();
    problem.value = null;
    const mine = abort.signal;
    if (page !== 'message' || id !== message.value?.id) {
        message.value = null;
    }
    let work: Promise<void> = Promise.resolve();
    if (page === 'message' && id === 'latest') {
        work = openLatest(mine);
    } else if (page === 'message' && typeof id === 'number' && message.value === null) {
        work = openMessage(id, mine);
    } else if (page === 'session' && typeof id === 'number') {
        if (session.value?.id !== id) {
            session.value = null;
        }
        work = openSession(id, mine);
    }
    work.catch((error: unknown) => mine.aborted || failed(error));
}

const place = computed(() => `${route.value.page} ${route.value.id}`);

export function follow(): void
{
    effect(() => {
        const [page, id] = place.value.split(' ');
        const wanted = id === 'latest' ? 'latest' : id === 'null' ? null : Number(id);
        untracked(() => open(page ?? '', wanted));
    });
}

export function apply(events: LiveEvent[]): void
{
    for (const event of events) {
        if (event.type === 'changed' && message.value && asMessage(event).id === message.value.id) {
            const { read, tags } = asMessage(event);
            message.value = { ...message.value, read: read ?? message.value.read, tags: tags ?? message.value.tags };
        } else if (event.type === 'session' && session.value && asSession(event).id === session.value.id) {
            session.value = { ...session.value, ...asSession(event) };
        }
    }
}
