/* SPDX-License-Identifier: MIT */
// Live updates: one event stream per browser. The tab that holds a Web Lock reads it and passes everything on through a
// BroadcastChannel; where there are no locks (plain http to another host) each visible tab has its own.
import { signal } from '@preact/signals';

import { base, href } from './base.ts';
import type { MessageSummary, SessionSummary } from './types.ts';

export interface LiveEvent {
    type: 'hello' | 'message' | 'session' | 'finding' | 'deleted' | 'changed' | 'fault' | 'inbox' | 'gap';
    seq: number | null;
    body: unknown;
}

export type Connection = 'connecting' | 'live' | 'reconnecting' | 'offline';

export const connection = signal<Connection>('connecting');
export const offlineSince = signal<string | null>(null);

const types = ['hello', 'message', 'session', 'finding', 'deleted', 'changed', 'fault', 'inbox', 'gap'] as const;
const listeners = new Set<(events: LiveEvent[]) => void>();
const offlineAfter = 15_000;
const hiddenTabKeepsStream = 30_000;

let queue: LiveEvent[] = [];
let seen = 0;
let source: EventSource | null = null;
let offlineTimer = 0;

/** Tells `listener` of events, in bunches. Returns how to stop. */
export function subscribe(listener: (events: LiveEvent[]) => void): () => void
{
    listeners.add(listener);
    return () => listeners.delete(listener);
}

function flush(): void
{
    const events = queue;
    queue = [];
    listeners.forEach((listener) => listener(events));
}

function deliver(event: LiveEvent): void
{
    if (event.seq !== null) {
        seen = Math.max(seen, event.seq);
    }
    if (event.type === 'hello' || event.type === 'gap') {
        seen = (event.body as { seq?: number; to?: number }).seq ?? seen;
    }
    if (queue.length === 0) {
        setTimeout(flush, 40);
    }
    queue.push(event);
}

function become(state: Connection): void
{
    connection.value = state;
    if (state === 'live') {
        clearTimeout(offlineTimer);
        offlineTimer = 0;
        offlineSince.value = null;
    } else if (state === 'reconnecting' && offlineTimer === 0) {
        const since = new Date().toISOString();
        offlineTimer = window.setTimeout(() => {
            connection.value = 'offline';
            offlineSince.value = since;
        }, offlineAfter);
    }
}

type Note = { event: LiveEvent } | { state: Connection } | { ask: true };

const channel = 'BroadcastChannel' in window ? new BroadcastChannel(`mailscope ${base}`) : null;
let leading = false;

function pass(note: Note): void
{
    channel?.postMessage(note);
}

function open(): void
{
    source?.close();
    const stream = new EventSource(href(`/api/events?live=1${seen > 0 ? `&since=${seen}` : ''}`));
    source = stream;
    const state = (next: Connection): void => {
        if (source === stream) {
            become(next);
            pass({ state: next });
        }
    };
    stream.onopen = () => state('live');
    stream.onerror = () => {
        state(connection.value === 'offline' ? 'offline' : 'reconnecting');
        if (stream.readyState === EventSource.CLOSED && source === stream) {
            setTimeout(() => source === stream && open(), 2000);
        }
    };
    for (const type of types) {
        stream.addEventListener(type, (raw: MessageEvent<string>) => {
            const event = { type, seq: raw.lastEventId ? Number(raw.lastEventId) : null, body: JSON.parse(raw.data) as unknown };
            deliver(event);
            pass({ event });
        });
    }
}

function lead(): Promise<void>
{
    leading = true;
    open();
    return new Promise(() => undefined);
}

function follow(note: Note): void
{
    if ('ask' in note) {
        if (leading) {
            pass({ state: connection.value });
        }
    } else if (leading) {
        return;
    } else if ('event' in note) {
        deliver(note.event);
    } else {
        become(note.state);
    }
}

function alone(): void
{
    let hiding = 0;
    open();
    document.addEventListener('visibilitychange', () => {
        clearTimeout(hiding);
        if (document.hidden) {
            hiding = window.setTimeout(() => source?.close(), hiddenTabKeepsStream);
        } else if (source?.readyState === EventSource.CLOSED) {
            open();
        }
    });
}

/** Starts listening for what came after `seq`. */
export function start(seq: number): void
{
    seen = Math.max(seen, seq);
    if (!channel || !('locks' in navigator)) {
        alone();
        return;
    }
    channel.onmessage = (event: MessageEvent<Note>) => follow(event.data);
    pass({ ask: true });
    void navigator.locks.request(`mailscope ${base}`, lead);
}

/** Tries at once, when somebody presses Retry. */
export function retry(): void
{
    if (leading || !channel) {
        connection.value = 'reconnecting';
        open();
    }
}

export const asMessage = (event: LiveEvent): MessageSummary => event.body as MessageSummary;
export const asSession = (event: LiveEvent): SessionSummary => event.body as SessionSummary;
