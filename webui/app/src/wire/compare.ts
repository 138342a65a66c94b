/* SPDX-License-Identifier: MIT */
// Two sessions side by side: rows that say the same stand beside each other, what only one has beside a gap.

import { toText } from './bytes.ts';
import type { WireRow } from './rows.ts';
import { tlsSentence, wordsOf } from './words.ts';

export interface Pair {
    left: WireRow | null;
    right: WireRow | null;
    /** Same kind and same command or code, but other octets. */
    differs: boolean;
}

/** Beyond this many rows the middle is not aligned any more: the work grows with the square. */
const most = 1500;

/** What a row says, without what is never the same twice. */
export function said(row: WireRow): string
{
    switch (row.kind) {
        case 'tls': return tlsSentence(row.raw);
        case 'note': case 'fault': case 'close': return row.raw.type === 'open' ? 'connected' : wordsOf(row.raw);
        case 'body': return `message data, ${row.raw.body_len ?? row.bytes} octets`;
        default: return toText(row.masked ? row.text.subarray(0, row.masked.off) : row.text).trim();
    }
}

/** What both rows of a pair say; of many lines only those that differ. */
export function differing({ left, right }: Pair): [string, string]
{
    const [a, b] = [left ? said(left) : '', right ? said(right) : ''];
    const [linesA, linesB] = [a.split(/\r?\n/), b.split(/\r?\n/)];
    if (!left || !right || linesA.length < 3) {
        return [a, b];
    }
    const only = (lines: string[], others: string[]): string => {
        const own = lines.filter((line) => !others.includes(line));
        return [...own, `… ${lines.length - own.length} lines as in the other`].join('\n');
    };
    return [only(linesA, linesB), only(linesB, linesA)];
}

/** Rows with the same key may stand beside each other. */
const keyOf = (row: WireRow): string => `${row.kind} ${row.dir} ${row.verb ?? ''} ${row.code ?? ''} ${row.raw.type}`;

/** How long the longest common part of left[i..] and right[j..] is, a row of the table for each i. */
function lengths(left: string[], right: string[]): Uint16Array[]
{
    const table = Array.from({ length: left.length + 1 }, () => new Uint16Array(right.length + 1));
    for (let i = left.length - 1; i >= 0; i--) {
        const here = table[i] as Uint16Array;
        const below = table[i + 1] as Uint16Array;
        for (let j = right.length - 1; j >= 0; j--) {
            here[j] = left[i] === right[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, here[j + 1] ?? 0);
        }
    }
    return table;
}

/** The rows of both, aligned by what they are. */
export function align(left: WireRow[], right: WireRow[]): Pair[]
{
    const a = left.slice(0, most);
    const b = right.slice(0, most);
    const [keysA, keysB] = [a.map(keyOf), b.map(keyOf)];
    const table = lengths(keysA, keysB);
    const pairs: Pair[] = [];
    let i = 0;
    let j = 0;
    while (i < a.length || j < b.length) {
        const [one, other] = [a[i] ?? null, b[j] ?? null];
        if (one && other && keysA[i] === keysB[j]) {
            pairs.push({ left: one, right: other, differs: said(one) !== said(other) });
            i++;
            j++;
        } else if (one && (!other || (table[i + 1]?.[j] ?? 0) >= (table[i]?.[j + 1] ?? 0))) {
            pairs.push({ left: one, right: null, differs: true });
            i++;
        } else {
            pairs.push({ left: null, right: other, differs: true });
            j++;
        }
    }
    return pairs;
}
