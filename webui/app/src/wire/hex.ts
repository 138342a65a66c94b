/* SPDX-License-Identifier: MIT */
import { find } from './bytes.ts';
import type { Chunk, Direction, TranscriptEvent } from './transcript.ts';

export interface HexLine {
    dir: Direction;
    off: number;
    len: number;
}

const perLine = 16;

/** Lines of sixteen octets in the order of the wire; a line never holds octets of two directions. */
export function hexLines(chunks: Chunk[]): HexLine[]
{
    const lines: HexLine[] = [];
    const runs: HexLine[] = [];
    for (const [dir, off, len] of chunks) {
        const last = runs.at(-1);
        if (last && last.dir === dir && last.off + last.len === off) {
            last.len += len;
        } else {
            runs.push({ dir, off, len });
        }
    }
    for (const run of runs) {
        for (let at = 0; at < run.len; at += perLine) {
            lines.push({ dir: run.dir, off: run.off + at, len: Math.min(perLine, run.len - at) });
        }
    }
    return lines;
}

/** Where in what the client sent a dot stands that only protects a line (RFC 5321 section 4.5.2). */
export function stuffedDots(events: TranscriptEvent[]): Set<number>
{
    return new Set(events.flatMap((event) => (event.type === 'body' ? (event.dots ?? []).map((dot, n) => (event.off ?? 0) + dot + n) : [])));
}

export const printable = (octet: number): string => (octet >= 32 && octet < 127 ? String.fromCharCode(octet) : '·');

/** What somebody looks for: octets in hex ("0d 0a"), else the text itself. */
export function needle(wanted: string): Uint8Array
{
    const squeezed = wanted.replace(/\s+/g, '');
    if (/^([0-9a-f]{2})+$/i.test(squeezed) && (/\s/.test(wanted.trim()) || squeezed.length === 2)) {
        return Uint8Array.from(squeezed.match(/../g) ?? [], (pair) => parseInt(pair, 16));
    }
    return new TextEncoder().encode(wanted);
}

export interface Found {
    line: number;
    mark: { dir: Direction; from: number; to: number };
}

/** The next place behind `after`, first in its direction and then in the other one; from the start when none is left. */
export function findIn(lines: HexLine[], streams: Record<Direction, Uint8Array>, wanted: Uint8Array, after: { dir: Direction; from: number } | null): Found | null
{
    if (wanted.length === 0) {
        return null;
    }
    const first = after?.dir ?? 'c';
    const second = first === 'c' ? 's' : 'c';
    const tries: [Direction, number][] = [[first, after ? after.from + 1 : 0], [second, 0], [first, 0]];
    for (const [dir, from] of tries) {
        const at = find(streams[dir], wanted, from);
        if (at >= 0) {
            const line = lines.findIndex((one) => one.dir === dir && at >= one.off && at < one.off + one.len);
            return { line: Math.max(0, line), mark: { dir, from: at, to: at + wanted.length } };
        }
    }
    return null;
}
