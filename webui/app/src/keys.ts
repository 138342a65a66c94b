/* SPDX-License-Identifier: MIT */
// The one table of shortcuts: the keyboard, the help sheet and the palette all read it.
import { signal } from '@preact/signals';

import { href } from './base.ts';
import { type View, go, listKind, listPath, views } from './router.ts';
import * as actions from './store/actions.ts';
import { pickView, view } from './store/detail.ts';
import * as list from './store/list.ts';
import * as selection from './store/selection.ts';
import { set, settings } from './store/settings.ts';
import { keyOf } from './store/rows.ts';
import { copyText } from './ui/copy.tsx';

export interface Command {
    keys: string[];
    what: string;
    group: 'Everywhere' | 'List' | 'Message' | 'Transcript' | 'Go to';
    run: (event?: KeyboardEvent) => void;
    /** Works even while single-letter shortcuts are switched off. */
    always?: boolean;
}

export const sheet = signal<'help' | 'palette' | null>(null);
/** What an open transcript lets the keyboard do. */
export const transcriptKeys: Record<'fold' | 'expand' | 'collapse' | 'wire' | 'next' | 'previous' | 'copy' | 'copyAs', (() => void) | null> = {
    fold: null, expand: null, collapse: null, wire: null, next: null, previous: null, copy: null, copyAs: null,
};
/** What an open HTML preview lets the keyboard do. */
export const previewKeys: Record<'images' | 'full', (() => void) | null> = { images: null, full: null };

const rest = 80;
let resting = 0;
/** Where the last j or k led: the next one from there is the same step for Back. */
let ledTo = '';

export const isWide = (): boolean => window.matchMedia('(min-width: 700px)').matches;

function move(step: number): void
{
    const row = selection.moveCursor(step);
    clearTimeout(resting);
    if (!row || !isWide() || selection.openKey.value === null) {
        return;
    }
    resting = window.setTimeout(() => {
        selection.openRow(row, location.href === ledTo);
        ledTo = location.href;
    }, rest);
}

function extend(step: number): void
{
    const from = selection.active.value;
    if (from && !selection.selected.value.has(from)) {
        selection.toggle(from);
    }
    const row = selection.moveCursor(step);
    if (row) {
        selection.extendTo(selection.indexOfKey(keyOf(row)));
    }
}

function openCursor(): void
{
    clearTimeout(resting);
    const row = selection.rowAt(selection.indexOfKey(selection.active.value));
    if (row) {
        selection.openRow(row);
    }
}

/** Closes what is open, innermost first. */
export function escape(): void
{
    clearTimeout(resting);
    if (sheet.value) {
        sheet.value = null;
    } else if (selection.selected.value.size > 0) {
        selection.clear();
    } else if (selection.openKey.value) {
        const key = selection.openKey.value;
        go(listPath(listKind.value));
        selection.cursor.value = key;
        requestAnimationFrame(() => document.getElementById('list')?.focus());
    }
}

function stepView(by: number): void
{
    const at = views.indexOf(view.value);
    pickView(views[(at + by + views.length) % views.length] as View);
}

function tick(): void
{
    const key = selection.active.value;
    if (key) {
        selection.toggle(key);
    }
}

const call = (table: Record<string, (() => void) | null>, name: string) => (): void => table[name]?.();

export const commands: Command[] = [
    { keys: ['/'], what: 'Search', group: 'Everywhere', run: () => document.getElementById('search')?.focus() },
    { keys: ['?'], what: 'All shortcuts', group: 'Everywhere', run: () => void (sheet.value = 'help') },
    { keys: ['Ctrl+K'], what: 'Command palette', group: 'Everywhere', always: true, run: () => void (sheet.value = 'palette') },
    { keys: ['Escape'], what: 'Close sheet, clear selection, leave what is open', group: 'Everywhere', always: true, run: escape },
    { keys: ['y'], what: 'Copy the link to what the keys mean', group: 'Everywhere', run: copyLink },
    { keys: ['z'], what: 'Undo the delete', group: 'Everywhere', run: actions.undoLast },
    { keys: ['j'], what: 'Next item', group: 'List', run: () => move(1) },
    { keys: ['k'], what: 'Previous item', group: 'List', run: () => move(-1) },
    { keys: ['J'], what: 'Extend the selection down', group: 'List', run: () => extend(1) },
    { keys: ['K'], what: 'Extend the selection up', group: 'List', run: () => extend(-1) },
    { keys: ['Enter', 'o'], what: 'Open', group: 'List', run: openCursor },
    { keys: ['x'], what: 'Select or unselect', group: 'List', run: tick },
    { keys: ['#', 'Delete'], what: 'Delete (can be undone for a while)', group: 'List', run: actions.removeMeant },
    { keys: ['m'], what: 'Mark read or unread', group: 'List', run: actions.toggleRead },
    { keys: ['t'], what: 'Tag', group: 'List', run: actions.startTagging },
    { keys: ['l'], what: 'Follow the newest', group: 'List', run: () => set({ follow: !settings.value.follow }) },
    ...views.map((name, i): Command => ({
        keys: [String(i + 1)], what: `Show ${name === 'html' ? 'HTML' : name}`, group: 'Message', run: () => pickView(name),
    })),
    { keys: ['['], what: 'Previous view', group: 'Message', run: () => stepView(-1) },
    { keys: [']'], what: 'Next view', group: 'Message', run: () => stepView(1) },
    { keys: ['i'], what: 'Show remote images', group: 'Message', run: call(previewKeys, 'images') },
    { keys: ['f'], what: 'Preview on the full screen', group: 'Message', run: call(previewKeys, 'full') },
    { keys: ['n'], what: 'Next remark', group: 'Transcript', run: call(transcriptKeys, 'next') },
    { keys: ['p'], what: 'Previous remark', group: 'Transcript', run: call(transcriptKeys, 'previous') },
    { keys: ['.'], what: 'Fold or unfold the row', group: 'Transcript', run: call(transcriptKeys, 'fold') },
    { keys: ['e'], what: 'Unfold all', group: 'Transcript', run: call(transcriptKeys, 'expand') },
    { keys: ['c'], what: 'Fold all', group: 'Transcript', run: call(transcriptKeys, 'collapse') },
    { keys: ['w'], what: 'As sent, or without stuffed dots', group: 'Transcript', run: call(transcriptKeys, 'wire') },
    { keys: ['v'], what: 'Show or hide control characters', group: 'Transcript', run: () => set({ controls: !settings.value.controls }) },
    { keys: ['Y'], what: 'Copy as…', group: 'Transcript', run: call(transcriptKeys, 'copyAs') },
    { keys: ['g a'], what: 'Activity', group: 'Go to', run: () => go(listPath('activity')) },
    { keys: ['g m'], what: 'Messages', group: 'Go to', run: () => go(listPath('messages')) },
    { keys: ['g s'], what: 'Sessions', group: 'Go to', run: () => go(listPath('sessions')) },
    { keys: ['g h'], what: 'Set up', group: 'Go to', run: () => go('/setup') },
];

/** In a list, the link to the row under the cursor; in what is open, to the place there. */
function copyLink(): void
{
    const listed = document.getElementById('list');
    const key = selection.active.value;
    const row = selection.rowAt(selection.indexOfKey(key));
    const inList = selection.openKey.value === null || (document.activeElement === listed && key !== selection.openKey.value);
    if (listed && row && inList) {
        void copyText(new URL(href(selection.pathOf(row)), location.href).href, 'Link copied');
    } else if (transcriptKeys.copy) {
        transcriptKeys.copy();
    } else {
        void copyText(location.href, 'Link copied');
    }
}

let prefix = '';

function nameOf(event: KeyboardEvent): string
{
    return (event.ctrlKey || event.metaKey ? 'Ctrl+' : '') + (event.ctrlKey || event.metaKey ? event.key.toUpperCase() : event.key);
}

/** Typing belongs to the field that has the focus, and a pressed button or link to itself. */
function typing(event: KeyboardEvent): boolean
{
    const target = event.target instanceof HTMLElement ? event.target : null;
    if (!target) {
        return false;
    }
    if (event.key === 'Enter') {
        return target.closest('button, a, input, select, textarea, summary, [role=tab]') !== null;
    }
    return target.isContentEditable || target.matches('textarea, select, input:not([type=checkbox], [type=radio], [type=button])');
}

function selectAll(event: KeyboardEvent): boolean
{
    const inList = document.activeElement?.id === 'list';
    if (!inList || nameOf(event) !== 'Ctrl+A') {
        return false;
    }
    event.preventDefault();
    selection.selectLoaded();
    selection.allMatching.value = list.total.value === null ? null : list.matching();
    return true;
}

/** The document's key handler. */
export function onKey(event: KeyboardEvent): void
{
    if (event.defaultPrevented || event.altKey || event.isComposing || selectAll(event)) {
        return;
    }
    const name = nameOf(event);
    const dialog = document.querySelector('dialog[open]') !== null;
    const always = commands.find((one) => one.always && one.keys.includes(name));
    if (always && !dialog && !(typing(event) && name === 'Escape')) {
        event.preventDefault();
        always.run(event);
        return;
    }
    if (typing(event) || dialog || !settings.value.shortcuts || name.startsWith('Ctrl+')) {
        return;
    }
    const wanted = prefix ? `${prefix} ${name}` : name;
    prefix = !prefix && name === 'g' ? 'g' : '';
    const found = commands.find((one) => one.keys.includes(wanted));
    if (found) {
        event.preventDefault();
        found.run(event);
    }
}
