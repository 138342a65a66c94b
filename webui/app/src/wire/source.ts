/* SPDX-License-Identifier: MIT */
// A message's octets as lines: where they begin, which are odd, what folds. Works on the octets, so that nothing is lost.

import { toText } from './bytes.ts';

export interface Source {
    bytes: Uint8Array;
    /** Where each line begins; a line ends behind its LF. */
    starts: Uint32Array;
    blocks: Block[];
}

/** The lines first..last (from 0) of one body that can be folded away. */
export interface Block {
    first: number;
    last: number;
    encoded: number;
    /** Of base64, which nobody reads: it is folded until it is opened. */
    decoded: number | null;
    type: string | null;
}

/** A body of the message, as its MIME tree says. */
export interface Body {
    type: string;
    offset: number;
    size: number;
}

/** What is drawn as one row: a line, a part of a wrapped line, or a folded block. */
export interface SourceRow {
    kind: 'text' | 'fold';
    line: number;
    at: number;
    end: number;
    /** Not the beginning of its line. */
    goesOn: boolean;
    block: Block | null;
}

export const lineLimit = 998;
export const lineAdvice = 78;
const foldFrom = 6;

function lineStarts(bytes: Uint8Array): Uint32Array
{
    let count = 1;
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
        count++;
    }
    const starts = new Uint32Array(count);
    let line = 1;
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
        starts[line++] = at + 1;
    }
    return starts[count - 1] === bytes.length && count > 1 ? starts.subarray(0, count - 1) : starts;
}

const lineText = (source: Pick<Source, 'bytes' | 'starts'>, line: number): string =>
    toText(source.bytes.subarray(source.starts[line], Math.min(source.starts[line + 1] ?? source.bytes.length, (source.starts[line] ?? 0) + 200)));

function decodedSize(text: string): number
{
    const letters = text.replace(/[^A-Za-z0-9+/]/g, '').length;
    return Math.floor(letters * 3 / 4);
}

/** Bodies of parts whose header says base64: they end at the next boundary line. */
function base64Blocks(source: Pick<Source, 'bytes' | 'starts'>): Block[]
{
    const blocks: Block[] = [];
    const count = source.starts.length;
    for (let line = 0; line < count; line++) {
        if (!/^content-transfer-encoding:\s*base64/i.test(lineText(source, line))) {
            continue;
        }
        while (line < count && lineText(source, line).trim() !== '') {
            line++;
        }
        const first = ++line;
        while (line < count && /^[A-Za-z0-9+/=]+\s*$/.test(lineText(source, line))) {
            line++;
        }
        if (line - first >= foldFrom) {
            const from = source.starts[first] ?? 0;
            const encoded = source.bytes.subarray(from, source.starts[line] ?? source.bytes.length);
            blocks.push({ first, last: line - 1, encoded: encoded.length, decoded: decodedSize(toText(encoded)), type: null });
        }
    }
    return blocks;
}

/** The bodies that are here whole and long enough, but for those that are base64. */
function bodyBlocks(source: Source, bodies: Body[]): Block[]
{
    return bodies.flatMap(({ type, offset, size }) => {
        const first = lineOf(source, offset);
        const last = lineOf(source, offset + size - 1);
        const isHere = source.starts[first] === offset && offset + size < source.bytes.length;
        const overlaps = source.blocks.some((block) => block.first <= last && first <= block.last);
        return isHere && !overlaps && last - first >= foldFrom ? [{ first, last, encoded: size, decoded: null, type }] : [];
    });
}

/** `bodies` names the parts that can be folded, where the octets are those of the message. */
export function readSource(bytes: Uint8Array, bodies: Body[] = []): Source
{
    const lines = { bytes, starts: lineStarts(bytes) };
    const source = { ...lines, blocks: base64Blocks(lines) };
    return { ...source, blocks: [...source.blocks, ...bodyBlocks(source, bodies)] };
}

/** Whether a block's lines are shown: base64 when it was flipped, everything else until it was. */
export const isOpen = (block: Block, flipped: ReadonlySet<number>): boolean => (block.decoded === null) !== flipped.has(block.first);

/** What is here up to its last line end: the line behind it may go on. */
export function wholeLines(bytes: Uint8Array, total: number): Uint8Array
{
    return bytes.length < total ? bytes.subarray(0, bytes.lastIndexOf(10) + 1 || bytes.length) : bytes;
}

/** Where a line ends, without its line end. */
export function lineEnd(source: Source, line: number): number
{
    let end = source.starts[line + 1] ?? source.bytes.length;
    if (end > 0 && source.bytes[end - 1] === 10) {
        end--;
        if (end > (source.starts[line] ?? 0) && source.bytes[end - 1] === 13) {
            end--;
        }
    }
    return end;
}

/** The line that holds an octet, from 0. */
export function lineOf(source: Source, at: number): number
{
    let low = 0;
    let high = source.starts.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        if ((source.starts[middle] ?? 0) <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return Math.max(0, low - 1);
}

/** The rows to draw. `columns` wraps long lines; `flipped` names blocks by their first line, see isOpen(). */
export function layout(source: Source, columns: number | null, flipped: ReadonlySet<number>): SourceRow[]
{
    const rows: SourceRow[] = [];
    const blocks = new Map(source.blocks.map((block) => [block.first, block]));
    for (let line = 0; line < source.starts.length; line++) {
        const at = source.starts[line] ?? 0;
        const block = blocks.get(line) ?? null;
        if (block) {
            rows.push({ kind: 'fold', line, at, end: at, goesOn: false, block });
            if (!isOpen(block, flipped)) {
                line = block.last;
                continue;
            }
        }
        const end = source.starts[line + 1] ?? source.bytes.length;
        const step = columns ?? 4000;
        if (end === at) {
            rows.push({ kind: 'text', line, at, end, goesOn: false, block: null });
        }
        for (let from = at; from < end;) {
            let to = Math.min(end, from + step);
            // A line end does not get a row of its own, and UTF-8 is not cut.
            if (end - to <= 2) {
                to = end;
            }
            while (to < end && to > from + 1 && ((source.bytes[to] ?? 0) & 0xc0) === 0x80) {
                to--;
            }
            rows.push({ kind: 'text', line, at: from, end: to, goesOn: from > at, block: null });
            from = to;
        }
    }
    return rows;
}

/** What is odd about a line, in words. */
export function lineMarks(source: Source, line: number): string[]
{
    const from = source.starts[line] ?? 0;
    const next = source.starts[line + 1] ?? source.bytes.length;
    const end = lineEnd(source, line);
    const marks: string[] = [];
    if (end - from > lineLimit) {
        marks.push(`${end - from} octets: over ${lineLimit}`);
    }
    if (source.bytes[next - 1] === 10 && source.bytes[next - 2] !== 13) {
        marks.push('bare LF');
    }
    const cr = source.bytes.indexOf(13, from);
    if (cr >= 0 && cr < end) {
        marks.push('bare CR');
    }
    return marks;
}

/** Whether a line of the wire form starts with a dot that only protects it (RFC 5321 section 4.5.2). */
export function isStuffed(source: Source, line: number): boolean
{
    const from = source.starts[line] ?? 0;
    const afterCrLf = from === 0 || source.bytes[from - 2] === 13;
    return source.bytes[from] === 46 && afterCrLf && lineEnd(source, line) - from > 1;
}
