/* SPDX-License-Identifier: MIT */
// What a reader does to rows: read marks, tags, and deletes that can be taken back for a while.
import { signal } from '@preact/signals';

import * as api from '../api.ts';
import { href } from '../base.ts';
import { go, listPath, listKind } from '../router.ts';
import type { Row } from '../types.ts';
import { count } from '../wire/format.ts';
import * as list from './list.ts';
import { keyOf, orderOf } from './rows.ts';
import * as selection from './selection.ts';
import { settings } from './settings.ts';
import { complain, dismiss, say } from './toast.ts';

interface Pending {
    requests: string[];
    toast: number;
    timer: number;
}

const pendingDelete = signal<Pending | null>(null);

const kindOf = (key: string): Row['kind'] => (key.startsWith('s') ? 'session' : 'message');
const idOf = (key: string): number => Number(key.slice(1));

/** The keys that an action means: what is ticked, else the row under the cursor. */
export function meant(): string[]
{
    const ticked = [...selection.selected.value];
    const one = selection.active.value;
    return ticked.length > 0 ? ticked : one ? [one] : [];
}

async function flush(pending: Pending, closing = false): Promise<void>
{
    clearTimeout(pending.timer);
    dismiss(pending.toast);
    if (pendingDelete.value === pending) {
        pendingDelete.value = null;
    }
    try {
        for (const path of pending.requests) {
            const answer = fetch(href(path), { method: 'DELETE', keepalive: closing });
            if (!closing && !(await answer).ok) {
                throw new Error(`the server answered ${(await answer).status}`);
            }
        }
        list.unhide();
    } catch (error) {
        complain('Could not delete', error);
        list.unhide();
        void list.load(true);
    }
}

function undo(pending: Pending): void
{
    clearTimeout(pending.timer);
    dismiss(pending.toast);
    pendingDelete.value = null;
    list.unhide();
    void list.load(true);
}

export function undoLast(): void
{
    if (pendingDelete.value) {
        undo(pendingDelete.value);
    }
}

/** Keeps the focus where the reader was: on the row that takes the place of the deleted one. */
function stepAside(keys: string[]): void
{
    const gone = new Set(keys);
    const at = selection.indexOfKey(selection.active.value);
    let index = at;
    let row = selection.rowAt(index);
    while (row && gone.has(keyOf(row))) {
        row = selection.rowAt(++index);
    }
    for (index = at; !row && index >= 0; index--) {
        const above = selection.rowAt(index);
        row = above && !gone.has(keyOf(above)) ? above : undefined;
    }
    selection.cursor.value = row ? keyOf(row) : null;
}

/** Ends the connection of an open session. */
export async function closeSession(id: number): Promise<void>
{
    try {
        await api.send('POST', `/api/sessions/${id}/close`);
    } catch (error) {
        complain('Could not close the connection', error);
    }
}

/** Takes rows away now and tells the server some seconds later, unless it is undone. */
export function removeRows(keys: string[]): void
{
    if (keys.length === 0) {
        return;
    }
    if (pendingDelete.value) {
        void flush(pendingDelete.value);
    }
    stepAside(keys);
    const open = selection.openKey.value;
    list.hide(keys.map((key) => ({ kind: kindOf(key), id: idOf(key) })));
    if (open && keys.includes(open)) {
        go(listPath(listKind.value));
    }
    selection.clear();
    const pending: Pending = {
        requests: keys.map((key) => `/api/${kindOf(key)}s/${idOf(key)}`), toast: 0, timer: 0,
    };
    pending.toast = say(`Deleted ${count(keys.length, 'item')}.`, { stay: 0, action: { label: 'Undo', run: () => undo(pending) } });
    pending.timer = window.setTimeout(() => void flush(pending), settings.value.undo * 1000);
    pendingDelete.value = pending;
    document.getElementById('list')?.focus();
}

window.addEventListener('pagehide', () => {
    if (pendingDelete.value) {
        void flush(pendingDelete.value, true);
    }
});

/** Deletes what matched, up to the newest row the reader had seen: mail that arrived since then stays. */
export async function removeMatching({ kind, q, inbox, upTo }: list.Matching): Promise<void>
{
    try {
        const asked = api.query({ q, zone: api.zone(q), inbox, up_to: upTo });
        const answer = await api.send<{ deleted: number }>('DELETE', `/api/${kind}${asked}`);
        selection.clear();
        go(listPath(kind));
        await list.load(true);
        say(`Deleted ${count(answer.deleted, 'item')}.`);
    } catch (error) {
        complain('Could not delete', error);
    }
}

interface Marks {
    read?: boolean;
    tags?: string[];
}

/** Changes messages here at once and on the server behind it. */
export async function patch(keys: string[], change: Marks): Promise<void>
{
    const ids = new Set(keys.filter((key) => kindOf(key) === 'message').map(idOf));
    list.edit((row) => (row.kind === 'message' && ids.has(row.id) ? { ...row, ...change } : row));
    try {
        for (const id of ids) {
            await api.send('PATCH', `/api/messages/${id}`, change);
        }
    } catch (error) {
        complain('Could not change', error);
        void list.load(true);
    }
}

/** The newest message that is meant: where none was in sight among sessions, the newest that matches. */
async function lastMessage({ q, inbox, message }: list.Matching): Promise<number>
{
    return message || ((await api.list('messages', { q, inbox, limit: 1 })).rows[0]?.id ?? 0);
}

/** The same for everything that matched, by one request. */
export async function patchMatching(change: Marks, meant = list.matching()): Promise<void>
{
    const { kind, q, inbox, upTo } = meant;
    list.edit((row) => (row.kind === 'message' && orderOf(kind, row) <= upTo ? { ...row, ...change } : row));
    try {
        const last = await lastMessage(meant);
        if (last > 0) {
            await api.send('PATCH', `/api/messages${api.query({ q, zone: api.zone(q), inbox, up_to: last })}`, change);
        }
    } catch (error) {
        complain('Could not change', error);
        void list.load(true);
    }
}

/** Changes what is ticked, or everything that matches where that was chosen. */
export function mark(meant: string[] | list.Matching, change: Marks): void
{
    void (Array.isArray(meant) ? patch(meant, change) : patchMatching(change, meant));
}

/** Flips the read mark of what is meant: one unread among them marks all read. */
export function toggleRead(): void
{
    const every = selection.allMatching.value;
    const keys = meant();
    const unread = keys.some((key) => {
        const row = selection.rowAt(selection.indexOfKey(key));
        return row?.kind === 'message' && !row.read;
    });
    mark(every ?? keys, { read: unread });
}

/** Asks for the tags of what is meant; the dialog stands in the shell. */
export const tagging = signal<{ meant: string[] | list.Matching; tags: string[] } | null>(null);
export const confirming = signal<list.Matching | null>(null);

export function startTagging(): void
{
    const every = selection.allMatching.value;
    if (every) {
        tagging.value = { meant: every, tags: [] };
        return;
    }
    const keys = meant().filter((key) => kindOf(key) === 'message');
    if (keys.length === 0) {
        return;
    }
    const tags = new Set<string>();
    for (const key of keys) {
        const row = selection.rowAt(selection.indexOfKey(key));
        (row?.kind === 'message' ? row.tags : []).forEach((tag) => tags.add(tag));
    }
    tagging.value = { meant: keys, tags: [...tags] };
}

/** Deletes what is ticked; where everything that matches is meant, it asks first. */
export function removeMeant(): void
{
    if (selection.allMatching.value) {
        confirming.value = selection.allMatching.value;
    } else {
        removeRows(meant());
    }
}
