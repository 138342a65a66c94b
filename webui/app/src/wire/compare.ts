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

/** The work grows with the product of the rows that differ in the middle: beyond this, the rest is not aligned. */
const most = 100_000_000;

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

/** For each j, how much of a[from..to) and b[fromB..j) is common at most. */
function forward(a: string[], b: string[], [from, to]: Span, [fromB, toB]: Span): Uint32Array
{
    let row = new Uint32Array(toB - fromB + 1);
    for (let i = from; i < to; i++) {
        const next = new Uint32Array(row.length);
        for (let j = 1; j < row.length; j++) {
            next[j] = a[i] === b[fromB + j - 1] ? (row[j - 1] ?? 0) + 1 : Math.max(row[j] ?? 0, next[j - 1] ?? 0);
        }
        row = next;
    }
    return row;
}

/** For each j, how much of a[from..to) and b[j..toB) is common at most. */
function backward(a: string[], b: string[], [from, to]: Span, [fromB, toB]: Span): Uint32Array
{
    const size = toB - fromB;
    let row = new Uint32Array(size + 1);
    for (let i = to - 1; i >= from; i--) {
        const next = new Uint32Array(size + 1);
        for (let j = size - 1; j >= 0; j--) {
            next[j] = a[i] === b[fromB + j] ? (row[j + 1] ?? 0) + 1 : Math.max(row[j] ?? 0, next[j + 1] ?? 0);
        }
        row = next;
    }
    return row;
}

type Span = [from: number, to: number];

/** Which place of `b` each place of `a` stands beside, in memory that grows with the rows alone (Hirschberg 1975). */
function match(a: string[], b: string[], [from, to]: Span, [fromB, toB]: Span, found: Map<number, number>): void
{
    while (from < to && fromB < toB && a[from] === b[fromB]) {
        found.set(from++, fromB++);
    }
    while (from < to && fromB < toB && a[to - 1] === b[toB - 1]) {
        found.set(--to, --toB);
    }
    if (from === to || fromB === toB) {
        return;
    }
    if (to - from === 1) {
        const at = b.indexOf(a[from] as string, fromB);
        if (at >= 0 && at < toB) {
            found.set(from, at);
        }
        return;
    }
    const middle = (from + to) >> 1;
    const above = forward(a, b, [from, middle], [fromB, toB]);
    const below = backward(a, b, [middle, to], [fromB, toB]);
    let best = 0;
    for (let j = 1; j < above.length; j++) {
        if ((above[j] ?? 0) + (below[j] ?? 0) > (above[best] ?? 0) + (below[best] ?? 0)) {
            best = j;
        }
    }
    match(a, b, [from, middle], [fromB, fromB + best], found);
    match(a, b, [middle, to], [fromB + best, toB], found);
}

/** Where the two stop being the same, from the top and from the end. */
function sameEnds(a: string[], b: string[]): { head: number; tail: number }
{
    const shorter = Math.min(a.length, b.length);
    let head = 0;
    while (head < shorter && a[head] === b[head]) {
        head++;
    }
    let tail = 0;
    while (tail < shorter - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) {
        tail++;
    }
    return { head, tail };
}

export interface Aligned {
    pairs: Pair[];
    /** Rows in the middle of both that were too many to be aligned: they stand below each other. */
    apart: number;
}

/** The rows of both, aligned by what they are. */
export function align(left: WireRow[], right: WireRow[]): Aligned
{
    const [a, b] = [left.map(keyOf), right.map(keyOf)];
    const { head, tail } = sameEnds(a, b);
    const [endA, endB] = [a.length - tail, b.length - tail];
    const found = new Map<number, number>();
    const isTooMuch = (endA - head) * (endB - head) > most;
    if (isTooMuch) {
        for (let i = 0; i < head; i++) {
            found.set(i, i);
        }
        for (let i = 0; i < tail; i++) {
            found.set(endA + i, endB + i);
        }
    } else {
        match(a, b, [0, a.length], [0, b.length], found);
    }
    const pairs: Pair[] = [];
    let j = 0;
    left.forEach((one, i) => {
        const place = found.get(i);
        while (place !== undefined && j < place) {
            pairs.push({ left: null, right: right[j++] ?? null, differs: true });
        }
        const other = place === undefined ? null : right[j++] ?? null;
        pairs.push({ left: one, right: other, differs: other === null || said(one) !== said(other) });
    });
    for (const other of right.slice(j)) {
        pairs.push({ left: null, right: other, differs: true });
    }
    return { pairs, apart: isTooMuch ? endA - head + endB - head : 0 };
}

export type Stretch = { pairs: Pair[] } | { same: number; from: number };

const around = 3;

/** The pairs to draw: long stretches that say the same are left out, but for the rows beside what differs. */
export function stretches(pairs: Pair[], open: ReadonlySet<number>): Stretch[]
{
    const near = new Set<number>();
    pairs.forEach((pair, i) => {
        for (let k = i - around; pair.differs && k <= i + around; k++) {
            near.add(k);
        }
    });
    const drawn: Stretch[] = [];
    for (let i = 0; i < pairs.length;) {
        const from = i;
        const isNear = near.has(i);
        while (i < pairs.length && near.has(i) === isNear) {
            i++;
        }
        const some = pairs.slice(from, i);
        drawn.push(isNear || some.length <= 4 * around || open.has(from) ? { pairs: some } : { same: some.length, from });
    }
    return drawn;
}
