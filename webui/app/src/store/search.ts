/* SPDX-License-Identifier: MIT */
// The search box: what it may say comes from the server, which alone knows the grammar.
import { effect, signal } from '@preact/signals';

import * as api from '../api.ts';
import { go, listKind, listPath, route } from '../router.ts';
import type { Row } from '../types.ts';
import * as list from './list.ts';
import { keyOf } from './rows.ts';
import { set, settings } from './settings.ts';

export interface Offer {
    insert: string;
    says: string;
}

interface Field {
    field: string;
    takes: string;
    sentence: string;
    values: string[];
}

const fields = signal<Field[] | null>(null);
const found = signal<Map<string, number>>(new Map());
let reading: Promise<void> | null = null;

/** The checks that have something to say about what is kept, with how often. */
async function loadFindings(): Promise<void>
{
    const answer = await api.get<{ findings: { check: string }[] }>('/api/findings?limit=500').catch(() => ({ findings: [] }));
    const counts = new Map<string, number>();
    for (const { check } of answer.findings) {
        counts.set(check, (counts.get(check) ?? 0) + 1);
    }
    found.value = counts;
}

export function loadGrammar(): Promise<void>
{
    reading ??= api.get<{ fields: Field[] }>('/api/grammar')
        .then((answer) => void (fields.value = answer.fields))
        .catch(() => void (reading = null));
    remember();
    return Promise.all([reading, loadFindings()]).then(() => undefined);
}

/** What a row would be found by, for the fields whose values differ from inbox to inbox. */
const seen: Record<string, (row: Row) => (string | null | undefined)[]> = {
    from: (row) => (row.kind === 'message' ? [row.from?.address] : []),
    to: (row) => (row.kind === 'message' ? row.to.map((one) => one.address) : []),
    cc: (row) => (row.kind === 'message' ? row.cc.map((one) => one.address) : []),
    mailfrom: (row) => (row.kind === 'message' ? [row.envelope.from] : []),
    rcpt: (row) => (row.kind === 'message' ? row.envelope.to : []),
    tag: (row) => (row.kind === 'message' ? row.tags : []),
    inbox: (row) => [row.inbox],
    session: (row) => (row.kind === 'message' ? [] : [`s${row.id}`]),
    client: (row) => (row.kind === 'message' ? [] : [row.peer.replace(/:\d+$/, '')]),
    ehlo: (row) => (row.kind === 'message' ? [] : [row.helo]),
    auth: (row) => (row.kind === 'message' ? [] : [row.auth?.user]),
};

const sampleSize = 2000;
const sample = new Map<string, Row>();

/** Remembers the rows that are here: half a question already takes away those that its end would find. */
function remember(): void
{
    list.current().each((row) => {
        if (sample.size < sampleSize) {
            sample.set(keyOf(row), row);
        }
    });
}

/** The values of a field among the rows that were here, the most frequent first. */
function seenValues(field: string): Map<string, number>
{
    const counts = new Map<string, number>();
    const read = seen[field];
    if (read) {
        remember();
        for (const row of sample.values()) {
            for (const value of read(row)) {
                if (value) {
                    counts.set(value, (counts.get(value) ?? 0) + 1);
                }
            }
        }
    }
    return new Map([...counts].sort((a, b) => b[1] - a[1]));
}

function valuesOf(field: Field): Offer[]
{
    const counted = field.field === 'finding' ? found.value : seenValues(field.field);
    const fixed = field.field === 'finding' ? ['error', 'warning', 'info'] : field.values;
    return [...fixed.map((value) => ({ insert: value, says: '' })), ...[...counted].map(([value, n]) => ({ insert: value, says: String(n) }))];
}

const quoted = (value: string): string => (/[\s"():]/.test(value) ? `"${value.replaceAll('"', '')}"` : value);

/** The question for everything that has a tag. */
export const tagQuery = (name: string): string => `tag:${quoted(name)}`;

/** The word of `text` that the caret stands in: what a suggestion would replace. */
export function wordAt(text: string, caret: number): { start: number; word: string }
{
    let start = caret;
    while (start > 0 && !/\s/.test(text[start - 1] ?? ' ')) {
        start--;
    }
    return { start, word: text.slice(start, caret) };
}

/** What may stand where the caret is: fields for a bare word, values after a colon. */
export function offers(text: string, caret: number): Offer[]
{
    const known = fields.value ?? [];
    const word = wordAt(text, caret).word.replace(/^-/, '');
    const colon = word.indexOf(':');
    if (colon >= 0) {
        const field = known.find((one) => one.field === word.slice(0, colon));
        const typed = word.slice(colon + 1).toLowerCase();
        return (field ? valuesOf(field) : [])
            .filter((value) => value.insert.toLowerCase().startsWith(typed) && value.insert.toLowerCase() !== typed)
            .map((value) => ({ ...value, insert: `${field?.field}:${quoted(value.insert)}` })).slice(0, 12);
    }
    if (text.trim() === '') {
        return settings.value.history.slice(0, 8).map((past) => ({ insert: past, says: 'searched before' }));
    }
    return known.filter((field) => word !== '' && field.field.startsWith(word.toLowerCase()))
        .map((field) => ({ insert: field.field.endsWith('.') ? field.field : `${field.field}:`, says: field.sentence })).slice(0, 12);
}

/** What the server understood: a sentence, and the texts that must occur in what is found. */
export const meaning = signal<{ says: string; texts: string[] } | null>(null);

/** Asks the server what the question in the address means, each time it changes. */
export function followMeaning(): void
{
    effect(() => {
        const q = route.value.q;
        if (q === '') {
            meaning.value = null;
            return;
        }
        api.get<{ says: string; texts: string[] }>(`/api/grammar${api.query({ q, zone: api.zone(q) })}`).then(
            (answer) => {
                if (route.value.q === q) {
                    meaning.value = answer;
                }
            },
            // What is wrong with it, the list says.
            () => void (meaning.value = null),
        );
    });
}

/** Puts the question into the address; `done` when the reader has finished typing it. */
export function ask(text: string, done: boolean): void
{
    const kind = listKind.value;
    const id = /^([ms])(\d+)$/.exec(text.trim());
    if (done && id) {
        go(`/${id[1] === 'm' ? 'messages' : 'sessions'}/${id[2]}`);
        return;
    }
    if (text !== route.value.q) {
        go(listPath(kind, text), !done);
    }
    if (done && text.trim() !== '') {
        set({ history: [text, ...settings.value.history.filter((past) => past !== text)].slice(0, 20) });
    }
}
