/* SPDX-License-Identifier: MIT */
// The search box: what it may say comes from the server, which alone knows the grammar.
import { signal } from '@preact/signals';

import * as api from '../api.ts';
import { go, listKind, listPath, route } from '../router.ts';
import { set, settings } from './settings.ts';

export interface Offer {
    insert: string;
    says: string;
}

interface Field {
    name: string;
    says: string;
    values: Offer[];
}

/** The grammar as the server sends it; members differ in how much they explain. */
interface GrammarAnswer {
    fields?: (string | Record<string, unknown>)[];
}

const fields = signal<Field[] | null>(null);
let reading: Promise<void> | null = null;

function readValues(raw: unknown): Offer[]
{
    return (Array.isArray(raw) ? raw : []).map((one: unknown) => {
        if (typeof one === 'string' || typeof one === 'number') {
            return { insert: String(one), says: '' };
        }
        const { value, count, text } = one as { value?: string; count?: number; text?: string };
        return { insert: String(value ?? ''), says: text ?? (count === undefined ? '' : String(count)) };
    });
}

function readField(raw: string | Record<string, unknown>): Field
{
    if (typeof raw === 'string') {
        return { name: raw, says: '', values: [] };
    }
    const says = raw['text'] ?? raw['description'] ?? raw['says'] ?? raw['help'] ?? '';
    return { name: String(raw['name'] ?? raw['field'] ?? ''), says: String(says), values: readValues(raw['values']) };
}

export function loadGrammar(): Promise<void>
{
    reading ??= api.get<GrammarAnswer>('/api/grammar')
        .then((answer) => void (fields.value = (answer.fields ?? []).map(readField)))
        .catch(() => void (reading = null));
    return reading;
}

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
        const field = known.find((one) => one.name === word.slice(0, colon));
        const typed = word.slice(colon + 1).toLowerCase();
        return (field?.values ?? [])
            .filter((value) => value.insert.toLowerCase().startsWith(typed) && value.insert.toLowerCase() !== typed)
            .map((value) => ({ ...value, insert: `${field?.name}:${value.insert}` })).slice(0, 12);
    }
    if (text.trim() === '') {
        return settings.value.history.slice(0, 8).map((past) => ({ insert: past, says: 'searched before' }));
    }
    return known.filter((field) => word !== '' && field.name.startsWith(word.toLowerCase()))
        .map((field) => ({ insert: `${field.name}:`, says: field.says })).slice(0, 12);
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
