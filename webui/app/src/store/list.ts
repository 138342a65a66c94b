/* SPDX-License-Identifier: MIT */
// The list that is on the screen: its pages, and what the live events do to it.
import { batch, computed, effect, signal, untracked } from '@preact/signals';

import * as api from '../api.ts';
import { type LiveEvent, asMessage, asSession } from '../live.ts';
import { listKind, oldFirst, route } from '../router.ts';
import type { ListKind, Row, SessionSummary } from '../types.ts';
import { count, thousands } from '../wire/format.ts';
import { Rows, orderOf } from './rows.ts';

const pageSize = 100;
const refreshEvery = 1000;

export type ListState = 'loading' | 'ready' | 'failed';

export const version = signal(0);
export const state = signal<ListState>('loading');
export const problem = signal<api.Problem | Error | null>(null);
export const total = signal<number | null>(null);
/** Rows that arrived above what the reader looks at. */
export const fresh = signal(0);
export const liveSessions = signal<SessionSummary[]>([]);
/** Those of them that the question finds. */
const liveFound = signal<SessionSummary[]>([]);
/** What stands above the rows: open sessions, in a list that has them or in the answer to a question. */
export const liveRows = computed<SessionSummary[]>(() => {
    const q = route.value.q;
    const has = listKind.value === 'sessions' || (listKind.value === 'activity' && q !== '');
    return !has ? [] : q === '' ? liveSessions.value : liveFound.value;
});

let rows = new Rows('activity');
let asked: { kind: ListKind; q: string; inbox: string; old: boolean } = { kind: 'activity', q: '', inbox: '', old: false };
let next: number | null = null;
/** Whether any place can be asked for by its number; a search is read page by page. */
let byOrdinal = true;
let applied = 0;
let highest = 0;
let newestMessage = 0;
let pending: LiveEvent[] = [];
let loading = new Set<number>();
let abort = new AbortController();
let refreshTimer = 0;
let liveTimer = 0;
let hidden: Hidden[] = [];
let follows = (): boolean => true;

interface Hidden {
    kind: Row['kind'];
    id: number;
}

const changed = (): void => void version.value++;

export const current = (): Rows => rows;
export const question = (): typeof asked => asked;
/** Everything that matched a question when the reader said so: what arrives later is not meant. */
export interface Matching {
    kind: ListKind;
    q: string;
    inbox: string;
    /** The highest seq (activity) or id (else) that the reader's list has seen. */
    upTo: number;
    /** The newest message that it has seen; 0: none. */
    message: number;
    total: number;
}

export const matching = (): Matching =>
    ({ kind: asked.kind, q: asked.q, inbox: asked.inbox, upTo: highest, message: newestMessage, total: total.value ?? 0 });

/** Lets the view say whether the top is in sight: then new rows slide in uncounted. */
export function setFollows(ask: () => boolean): void
{
    follows = ask;
}

function note(page: Row[]): void
{
    for (const row of page) {
        if (row.seq !== null || asked.kind !== 'activity') {
            highest = Math.max(highest, orderOf(asked.kind, row));
        }
        newestMessage = row.kind === 'message' ? Math.max(newestMessage, row.id) : newestMessage;
    }
}

/** Reads the first page anew. `keep` leaves what is shown until the answer is here. */
export async function load(keep = false): Promise<number>
{
    abort.abort();
    abort = new AbortController();
    const mine = abort.signal;
    const question = { ...asked };
    if (!keep) {
        state.value = 'loading';
    }
    try {
        // By ordinal any end can be read first; of a search only the end that is asked for.
        const fromOldEnd = question.old && question.q !== '';
        const start = fromOldEnd ? { after: 0 } : {};
        // The other end says how many there are, and which is the newest.
        const page = await api.list(question.kind, { ...question, ...start, limit: pageSize }, mine);
        const newest = fromOldEnd ? await api.list(question.kind, { ...question, limit: 1 }, mine) : page;
        if (mine.aborted) {
            return 0;
        }
        rows = new Rows(question.kind);
        byOrdinal = question.q === '' && page.total !== null;
        rows.resize(byOrdinal ? page.total ?? 0 : 0);
        rows.put(0, page.rows);
        next = page.next;
        applied = page.seq;
        loading = new Set();
        note([...page.rows, ...newest.rows]);
        batch(() => {
            total.value = newest.total;
            takeHidden();
            state.value = 'ready';
            problem.value = null;
            fresh.value = 0;
            changed();
        });
        const late = pending;
        pending = [];
        apply(late);
        return page.seq;
    } catch (error) {
        if (!mine.aborted) {
            problem.value = error as Error;
            state.value = 'failed';
        }
        return 0;
    }
}

/** How many rows there are to show; where they are read page by page, one more for what is still to come. */
export function length(): number
{
    return !byOrdinal && next !== null ? rows.length + 1 : rows.length;
}

async function fetchPage(page: number): Promise<void>
{
    const mine = abort.signal;
    loading.add(page);
    const start = page * pageSize;
    try {
        if (!byOrdinal) {
            const from = asked.old ? { after: next ?? 0 } : { before: next ?? 0 };
            const answer = await api.list(asked.kind, { ...asked, ...from, limit: pageSize }, mine);
            if (asked.old) {
                rows.prepend(answer.rows);
            } else {
                rows.put(rows.length, answer.rows);
            }
            next = answer.next;
        } else {
            const answer = await api.list(asked.kind, { ...asked, limit: pageSize, at: start }, mine);
            const drift = answer.total === null ? 0 : rows.length - answer.total;
            rows.put(Math.max(0, start + drift), answer.rows.slice(Math.max(0, -start - drift)));
        }
        changed();
    } catch {
        // A row that stays a hole is asked for again at the next scroll.
    } finally {
        loading.delete(page);
    }
}

/** Sees to it that the rows from..to are here or on their way. */
export function ensure(from: number, to: number): void
{
    if (state.value !== 'ready') {
        return;
    }
    if (!byOrdinal) {
        if (to >= rows.length && next !== null && loading.size === 0) {
            void fetchPage(-1);
        }
        return;
    }
    for (let page = Math.floor(from / pageSize); page * pageSize <= Math.min(to, rows.length - 1); page++) {
        let hole = false;
        const end = Math.min(to, rows.length - 1, (page + 1) * pageSize - 1);
        for (let i = Math.max(from, page * pageSize); i <= end && !hole; i++) {
            hole = rows.at(i) === undefined;
        }
        if (hole && !loading.has(page)) {
            void fetchPage(page);
        }
    }
}

/** Reads the list again, at most once a second, however often it is asked to. */
export function refresh(): void
{
    if (refreshTimer === 0) {
        refreshTimer = window.setTimeout(() => {
            refreshTimer = 0;
            void load(true);
            refreshLive();
        }, refreshEvery);
    }
}

/** The same for the open sessions that the question finds. */
function refreshLive(): void
{
    if (liveTimer === 0) {
        void findLive();
        liveTimer = window.setTimeout(() => {
            liveTimer = 0;
            void findLive();
        }, refreshEvery);
    }
}

function belongs(row: Row): boolean
{
    if (asked.inbox && row.inbox !== asked.inbox) {
        return false;
    }
    if (asked.kind === 'activity') {
        return row.kind === 'message' || (!row.live && row.messages.length === 0);
    }
    return row.kind === (asked.kind === 'messages' ? 'message' : 'session') && !(row.kind === 'session' && row.live);
}

function arrive(row: Row): void
{
    if (!belongs(row)) {
        return;
    }
    if (asked.q !== '') {
        refresh();
        return;
    }
    if (rows.upsert(row)) {
        note([row]);
        if (total.value !== null) {
            total.value++;
        }
        if (!asked.old && !follows()) {
            fresh.value++;
        }
    }
}

/** `all` with the session as it is now, or without it when it is open no more. */
function withLive(all: SessionSummary[], one: SessionSummary): SessionSummary[]
{
    const others = all.filter((other) => other.id !== one.id);
    if (one.live && (!asked.inbox || one.inbox === asked.inbox)) {
        return [one, ...others].sort((a, b) => b.id - a.id);
    }
    return others.length === all.length ? all : others;
}

function trackLive(one: SessionSummary): void
{
    liveSessions.value = withLive(liveSessions.value, one);
    const known = liveFound.value.some((other) => other.id === one.id);
    if (known) {
        liveFound.value = withLive(liveFound.value, one);
    }
    if (asked.q !== '' && one.live && asked.kind !== 'messages') {
        // Whether it is found, the server knows.
        refreshLive();
    }
}

interface Deletion {
    kind?: string;
    id?: number;
    seq?: number | null;
    message?: number;
    session?: number;
    messages?: number[];
    sessions?: number[];
}

function forget(kind: Row['kind'], ids: number[]): void
{
    for (const id of ids) {
        const order = asked.kind === 'activity' ? null : id;
        const ours = hidden.some((one) => one.kind === kind && one.id === id);
        if (rows.remove(kind, id, order)) {
            total.value = total.value === null ? null : total.value - 1;
        } else if (rows.length > 0 && !ours) {
            refresh();
        }
    }
}

function deleted(what: Deletion): void
{
    const messages = what.messages ?? (what.message !== undefined ? [what.message] : what.kind === 'message' && what.id !== undefined ? [what.id] : []);
    const sessions = what.sessions ?? (what.session !== undefined ? [what.session] : what.kind === 'session' && what.id !== undefined ? [what.id] : []);
    if (messages.length + sessions.length === 0) {
        refresh();
        return;
    }
    if (asked.kind !== 'sessions') {
        forget('message', messages);
    }
    if (asked.kind !== 'messages') {
        forget('session', sessions);
    }
}

function applyOne(event: LiveEvent): void
{
    if (event.seq !== null && event.seq <= applied) {
        return;
    }
    applied = Math.max(applied, event.seq ?? 0);
    if (event.type === 'message') {
        arrive({ ...asMessage(event), kind: 'message' });
    } else if (event.type === 'changed') {
        const change = asMessage(event);
        rows.replace('message', change.id, (row) => ({ ...row, ...change, kind: 'message' }) as Row);
    } else if (event.type === 'session') {
        const one = asSession(event);
        trackLive(one);
        if (!one.live) {
            arrive({ ...one, kind: 'session' });
        }
    } else if (event.type === 'deleted') {
        deleted(event.body as Deletion);
    } else if (event.type === 'gap') {
        refresh();
    }
}

/** What the live stream told. Before the first page is here it waits. */
export function apply(events: LiveEvent[]): void
{
    if (state.value === 'loading') {
        pending.push(...events);
        return;
    }
    batch(() => {
        events.forEach(applyOne);
        changed();
    });
}

async function readLive(q: string): Promise<SessionSummary[]>
{
    const answer = await api.list('sessions', { q, inbox: asked.inbox, live: 1, limit: 100 }).catch(() => null);
    return (answer?.rows ?? []).filter((row) => row.kind === 'session');
}

export async function loadLive(): Promise<void>
{
    liveSessions.value = await readLive('');
}

/** Reads which of the open sessions the question finds. */
async function findLive(): Promise<void>
{
    const q = asked.q;
    const found = q === '' || asked.kind === 'messages' ? [] : await readLive(q);
    if (q === asked.q) {
        liveFound.value = found;
        changed();
    }
}

/** Changes rows in place before the server has answered (read marks, tags). */
export function edit(change: (row: Row) => Row): void
{
    rows.mapAll(change);
    changed();
}

/** Takes rows away before the server does; after `unhide` a `load(true)` brings them back. */
export function hide(gone: Hidden[]): void
{
    hidden = [...hidden, ...gone];
    takeHidden();
    changed();
}

export function unhide(): void
{
    hidden = [];
}

function takeHidden(): void
{
    for (const one of hidden) {
        if (rows.remove(one.kind, one.id, null) && total.value !== null) {
            total.value--;
        }
    }
}

/** Follows the address: another list, question or inbox reads its first page. Returns the seq of the first answer. */
export function follow(): Promise<number>
{
    let first: Promise<number> | null = null;
    effect(() => {
        const wanted = { kind: listKind.value, q: route.value.q, inbox: route.value.inbox, old: oldFirst.value };
        const same = wanted.kind === asked.kind && wanted.q === asked.q && wanted.inbox === asked.inbox && wanted.old === asked.old;
        if (first === null || !same) {
            const narrower = wanted.kind === asked.kind && wanted.inbox === asked.inbox;
            asked = wanted;
            highest = 0;
            newestMessage = 0;
            const loaded = untracked(() => load(first !== null && narrower));
            first ??= loaded;
            untracked(() => void findLive());
        }
    });
    return first ?? Promise.resolve(0);
}

/** How many rows are here, not counting holes. */
export const loadedCount = (): number => rows.here;

/** "13 items", or "100+ items" while more may match. */
export const counted = (): string => (next === null ? count(rows.length, 'item') : `${thousands(rows.length)}+ items`);
