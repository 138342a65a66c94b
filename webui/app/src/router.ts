/* SPDX-License-Identifier: MIT */
// Real paths through the History API. What a colleague should see stands in the address; taste does not.
import { computed, signal } from '@preact/signals';

import { href, ours } from './base.ts';
import type { ListKind } from './types.ts';

export const views = ['html', 'text', 'headers', 'source', 'parts', 'transcript'] as const;
export type View = (typeof views)[number];

export interface Route {
    page: 'activity' | 'messages' | 'sessions' | 'message' | 'session' | 'setup' | 'settings' | 'about' | 'none';
    id: number | 'latest' | null;
    view: View | null;
    section: string | null;
    framework: string | null;
    q: string;
    inbox: string;
    params: URLSearchParams;
    hash: string;
}

const empty = { id: null, view: null, section: null, framework: null };

function readId(text: string | undefined): number | 'latest' | null
{
    if (text === 'latest') {
        return 'latest';
    }
    return text !== undefined && /^[ms]?\d{1,15}$/.test(text) ? Number(text.replace(/^[ms]/, '')) : null;
}

type Place = Pick<Route, 'page' | 'id' | 'view' | 'section' | 'framework'>;

function messagePlace(parts: string[]): Place
{
    const id = readId(parts[1]);
    const view = (views as readonly string[]).includes(parts[2] ?? '') ? (parts[2] as View) : null;
    if (id === null || (parts[2] && view === null)) {
        return { ...empty, page: 'none' };
    }
    return { ...empty, page: 'message', id, view, section: view === 'parts' ? (parts[3] ?? null) : null };
}

function place(path: string): Place
{
    const parts = path.split('/').filter((part) => part !== '').map(decodeURIComponent);
    const head = parts[0] ?? 'activity';
    if (head === 'messages' && parts.length > 1) {
        return messagePlace(parts);
    }
    if (head === 'sessions' && parts.length > 1) {
        const id = readId(parts[1]);
        return typeof id === 'number' ? { ...empty, page: 'session', id } : { ...empty, page: 'none' };
    }
    if (head === 'setup') {
        return { ...empty, page: 'setup', framework: parts[1] ?? null };
    }
    const plain = ['activity', 'messages', 'sessions', 'settings', 'about'] as const;
    const known = plain.find((one) => one === head);
    return { ...empty, page: known && parts.length < 2 ? known : 'none' };
}

/** What an address means. Pure. */
export function parse(path: string, search: string, hash: string): Route
{
    const params = new URLSearchParams(search);
    let where: Place;
    try {
        where = place(path);
    } catch {
        where = { ...empty, page: 'none' };
    }
    return { ...where, q: params.get('q') ?? '', inbox: params.get('inbox') ?? '', params, hash: hash.replace(/^#/, '') };
}

const here = (): Route => parse(ours(location.pathname), location.search, location.hash);

export const route = signal<Route>(here());

/** The list's other direction, "?sort=old": the oldest on top. */
export const oldFirst = computed(() => route.value.params.get('sort') === 'old');

/** Which list stands beside what is open: the one the reader came from. */
const lastList = signal<ListKind>(route.value.page === 'session' ? 'sessions' : 'activity');

export const listKind = computed<ListKind>(() => {
    const page = route.value.page;
    return page === 'activity' || page === 'messages' || page === 'sessions' ? page : lastList.value;
});

function arrived(): void
{
    const next = here();
    if (next.page === 'activity' || next.page === 'messages' || next.page === 'sessions') {
        lastList.value = next.page;
    }
    route.value = next;
}

arrived();

interface Left {
    /** The place of the row that stood on top of the list. */
    top?: number;
}

/** Back and Forward lead to where the list stood: counted up so that the list sees each. */
export const returned = signal<{ top: number; times: number }>({ top: (history.state as Left | null)?.top ?? 0, times: 0 });

/** Remembers in this entry of the history how far the list is scrolled. */
export function remember(top: number): void
{
    if (((history.state as Left | null)?.top ?? 0) !== top) {
        history.replaceState({ top } satisfies Left, '');
    }
}

window.addEventListener('popstate', (event) => {
    arrived();
    returned.value = { top: (event.state as Left | null)?.top ?? 0, times: returned.value.times + 1 };
});

/** Goes to a path of ours. `replace` while a key repeats, so that Back stays useful. */
export function go(path: string, replace = false): void
{
    const address = href(path);
    if (address === location.pathname + location.search + location.hash) {
        return;
    }
    // The list stays where it is beside what opens.
    history[replace ? 'replaceState' : 'pushState'](history.state, '', address);
    arrived();
}

/** The query part that lists and what they lead to share: `q` and `inbox`, and what is given. */
export function search(more: Record<string, string | null> = {}): string
{
    const params = new URLSearchParams();
    const all: Record<string, string | null> = { q: route.value.q, inbox: route.value.inbox, sort: oldFirst.value ? 'old' : null, ...more };
    for (const [name, value] of Object.entries(all)) {
        if (value) {
            params.set(name, value);
        }
    }
    const text = params.toString();
    return text ? `?${text}` : '';
}

/** The path of a list. */
export function listPath(kind: ListKind, q = route.value.q): string
{
    return `/${kind === 'activity' ? '' : kind}${search({ q })}`;
}

/** The path of a message in a view; without one, in the view its reader likes. */
export function messagePath(id: number, view: View | null = null, section: string | null = null): string
{
    return `/messages/${id}${view ? `/${view}` : ''}${section ? `/${section}` : ''}${search()}`;
}

export function sessionPath(id: number, hash = ''): string
{
    return `/sessions/${id}${search()}${hash ? `#${hash}` : ''}`;
}

/** Links of ours are followed without a reload; a modifier, a target or a download leaves them to the browser. */
export function followLinks(event: MouseEvent): void
{
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) {
        return;
    }
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) {
        return;
    }
    const path = ours(link.pathname);
    if (!link.href || /^\/(api|preview|assets)\//.test(path)) {
        return;
    }
    event.preventDefault();
    go(path + link.search + link.hash);
}
