/* SPDX-License-Identifier: MIT */
// What a reader does to rows: read marks, tags, and deletes that can be taken back for a while.
import { signal } from '@preact/signals';

import * as api from '../api.ts';
import { href } from '../base.ts';
import { go, listPath, listKind, route } from '../router.ts';
import type { ListKind, MessageSummary, Row } from '../types.ts';
import { count } from '../wire/format.ts';
import * as list from './list.ts';
import { keyOf } from './rows.ts';
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

const scope = (): { q: string; zone: number | null; inbox: string; up_to: number } =>
    ({ q: route.value.q, zone: api.zone(route.value.q), inbox: route.value.inbox, up_to: list.upTo() });

/** Deletes what matches the question, up to the newest row the reader has seen: mail that arrives meanwhile stays. */
export async function removeMatching(kind: ListKind, asked = scope()): Promise<void>
{
    try {
        const answer = await api.send<{ deleted: number }>('DELETE', `/api/${kind}${api.query({ ...asked })}`);
        selection.clear();
        go(listPath(kind));
        await list.load(true);
        say(`Deleted ${count(answer.deleted, 'item')}.`);
    } catch (error) {
        complain('Could not delete', error);
    }
}

/** Changes messages here at once and on the server behind it. */
export async function patch(keys: string[], change: { read?: boolean; tags?: string[] }): Promise<void>
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

export async function patchMatching(change: { read?: boolean; tags?: string[] }): Promise<void>
{
    const { up_to, ...asked } = scope();
    const last = listKind.value === 'messages' ? { up_to } : {};
    list.edit((row) => (row.kind === 'message' ? { ...row, ...change } : row));
    try {
        await api.send('PATCH', `/api/messages${api.query({ ...asked, ...last })}`, change);
    } catch (error) {
        complain('Could not change', error);
        void list.load(true);
    }
}

/** Flips the read mark of what is meant: one unread among them marks all read. */
export function toggleRead(): void
{
    const keys = meant();
    const unread = keys.some((key) => {
        const row = selection.rowAt(selection.indexOfKey(key));
        return row?.kind === 'message' && !row.read;
    });
    void patch(keys, { read: unread });
}

/** Asks for the tags of what is meant; the dialog stands in the shell. */
export const tagging = signal<{ keys: string[]; tags: string[] } | null>(null);
export const confirming = signal<{ kind: ListKind; total: number; scope: ReturnType<typeof scope> } | null>(null);

export function startTagging(): void
{
    const keys = meant().filter((key) => kindOf(key) === 'message');
    if (keys.length === 0) {
        return;
    }
    const tags = new Set<string>();
    for (const key of keys) {
        const row = selection.rowAt(selection.indexOfKey(key));
        (row?.kind === 'message' ? row.tags : []).forEach((tag) => tags.add(tag));
    }
    tagging.value = { keys, tags: [...tags] };
}

/** Deletes what is ticked; where everything that matches is meant, it asks first. */
export function removeMeant(): void
{
    if (selection.allMatching.value) {
        confirming.value = { kind: listKind.value, total: list.total.value ?? 0, scope: scope() };
    } else {
        removeRows(meant());
    }
}

/** What the API says of each selected item, one JSON object in a line. */
export async function jsonLines(keys: string[]): Promise<string[]>
{
    const lines: string[] = [];
    for (const key of keys) {
        lines.push(`${JSON.stringify(await api.get<unknown>(`/api/${kindOf(key)}s/${idOf(key)}`))}\n`);
    }
    return lines;
}

/** The selected messages as one mbox file (the mboxrd form: "From " lines in bodies get a ">"). */
export async function mbox(keys: string[]): Promise<Uint8Array[]>
{
    const out: Uint8Array[] = [];
    const encoder = new TextEncoder();
    for (const key of keys.filter((one) => kindOf(one) === 'message')) {
        const one = await api.get<MessageSummary>(`/api/messages/${idOf(key)}`);
        const raw = await api.bytes(`/api/messages/${idOf(key)}/raw`);
        const text = Array.from(raw, (octet) => String.fromCharCode(octet)).join('')
            .replace(/\r\n/g, '\n').replace(/^(>*From )/gm, '>$1');
        const when = new Date(one.received_at).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) ([\d:]+).*/, '$1 $3 $2 $5 $4');
        out.push(encoder.encode(`From ${one.envelope.from || 'MAILER-DAEMON'} ${when}\n`));
        out.push(Uint8Array.from(text, (char) => char.charCodeAt(0)), encoder.encode(text.endsWith('\n') ? '\n' : '\n\n'));
    }
    return out;
}
