/* SPDX-License-Identifier: MIT */
// Which row the keyboard stands on, and which rows a bulk action means.
import { computed, effect, signal } from '@preact/signals';

import { go, listKind, listPath, messagePath, oldFirst, route, sessionPath } from '../router.ts';
import type { Row } from '../types.ts';
import * as list from './list.ts';
import { keyOf } from './rows.ts';

/** The row's key ("m42", "s17"), so that it stays the same row while others arrive above it. */
export const cursor = signal<string | null>(null);
export const selected = signal<ReadonlySet<string>>(new Set());
/** Set when everything that matches is meant, not only what is ticked. */
export const allMatching = signal<list.Matching | null>(null);

let anchor: string | null = null;

export const openKey = computed<string | null>(() => {
    const { page, id } = route.value;
    if (typeof id !== 'number') {
        return null;
    }
    return page === 'message' ? `m${id}` : page === 'session' ? `s${id}` : null;
});

/** Where a place of the drawn list is among the rows, which stand newest first, and the other way round. */
export function placeOf(index: number): number
{
    const place = index - list.liveRows.value.length;
    return oldFirst.value ? list.current().length - 1 - place : place;
}

/** The rows as they are drawn: live sessions stand above the list of sessions. */
export function rowAt(index: number): Row | undefined
{
    const one = list.liveRows.value[index];
    return one ? { ...one, kind: 'session' } : list.current().at(placeOf(index));
}

export function rowCount(): number
{
    return list.length() + list.liveRows.value.length;
}

export function indexOfKey(key: string | null): number
{
    if (key === null) {
        return -1;
    }
    const kind = key.startsWith('s') ? 'session' : 'message';
    const live = list.liveRows.value;
    const id = Number(key.slice(1));
    const above = kind === 'session' ? live.findIndex((one) => one.id === id) : -1;
    if (above >= 0) {
        return above;
    }
    const index = list.current().indexOf({ kind, id });
    return index < 0 ? -1 : live.length + (oldFirst.value ? list.current().length - 1 - index : index);
}

/** The row that the keys mean: where the cursor was put, else what is open, else the one at the top. */
export const active = computed<string | null>(() => {
    void list.version.value;
    const top = rowAt(0);
    return cursor.value ?? openKey.value ?? (top ? keyOf(top) : null);
});

export function pathOf(row: Row): string
{
    return row.kind === 'message' ? messagePath(row.id) : sessionPath(row.id);
}

export function openRow(row: Row, replace = false): void
{
    cursor.value = keyOf(row);
    go(pathOf(row), replace);
}

export function clear(): void
{
    selected.value = new Set();
    allMatching.value = null;
    anchor = null;
}

export function toggle(key: string): void
{
    const next = new Set(selected.value);
    if (!next.delete(key)) {
        next.add(key);
    }
    anchor = key;
    allMatching.value = null;
    selected.value = next;
}

/** Selects from where the last single choice was to `index`. */
export function extendTo(index: number): void
{
    const from = indexOfKey(anchor ?? active.value);
    const low = Math.max(0, Math.min(from < 0 ? index : from, index));
    const next = new Set(selected.value);
    for (let i = low; i <= Math.max(from, index); i++) {
        const row = rowAt(i);
        if (row) {
            next.add(keyOf(row));
        }
    }
    anchor ??= active.value;
    allMatching.value = null;
    selected.value = next;
}

/** Every row that is here. */
export function selectLoaded(): void
{
    const next = new Set<string>();
    list.current().each((row) => next.add(keyOf(row)));
    selected.value = next;
}

/** Moves the cursor by whole rows; returns the row it stands on now, if that one is here. */
export function moveCursor(step: number): Row | undefined
{
    const at = indexOfKey(active.value);
    const count = rowCount();
    if (count === 0) {
        return undefined;
    }
    const to = Math.min(count - 1, Math.max(0, at + step));
    const row = rowAt(to);
    if (row) {
        cursor.value = keyOf(row);
    }
    return row;
}

effect(() => {
    if (openKey.value) {
        cursor.value = openKey.value;
    }
});

effect(() => {
    void listPath(listKind.value);
    clear();
});
