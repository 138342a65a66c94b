/* SPDX-License-Identifier: MIT */
import type { Header } from '../types.ts';
import { toBytes } from './bytes.ts';

/** RFC 5322 section 2.1.1: a line must not be longer than this, CR LF not counted. */
const longestLine = 998;

/** RFC 5322 section 3.6: fields that may stand only once. */
const single = new Set(['date', 'from', 'sender', 'reply-to', 'to', 'cc', 'bcc', 'message-id', 'in-reply-to', 'references', 'subject', 'mime-version', 'content-type', 'content-transfer-encoding']);

export interface MarkedHeader {
    header: Header;
    /** The line of the message that the field starts in, from 1. */
    line: number;
    marks: string[];
}

function marksOf(header: Header, lines: Uint8Array[], seen: Map<string, number>): string[]
{
    const marks: string[] = [];
    const name = header.name.toLowerCase();
    if (single.has(name) && (seen.get(name) ?? 0) > 1) {
        marks.push('duplicate');
    }
    if (lines.some((line) => line.length > longestLine)) {
        marks.push('line over 998');
    }
    if (lines.some((line) => line.some((octet) => octet >= 0x80))) {
        marks.push('8-bit');
    }
    return marks;
}

/** The field with its name, as it stands in the message. */
function whole(header: Header): Uint8Array
{
    const name = toBytes(`${header.name}:`);
    const value = toBytes(header.raw);
    const field = new Uint8Array(name.length + value.length);
    field.set(name);
    field.set(value, name.length);
    return field;
}

function split(raw: Uint8Array): Uint8Array[]
{
    const lines: Uint8Array[] = [];
    let from = 0;
    for (let at = raw.indexOf(10); at >= 0; at = raw.indexOf(10, from)) {
        lines.push(raw.subarray(from, raw[at - 1] === 13 ? at - 1 : at));
        from = at + 1;
    }
    if (from < raw.length) {
        lines.push(raw.subarray(from));
    }
    return lines;
}

/** Every field with the line it stands in and what is odd about it. */
export function oddities(headers: Header[]): MarkedHeader[]
{
    const seen = new Map<string, number>();
    for (const { name } of headers) {
        seen.set(name.toLowerCase(), (seen.get(name.toLowerCase()) ?? 0) + 1);
    }
    let line = 1;
    return headers.map((header) => {
        const lines = split(whole(header));
        const marked = { header, line, marks: marksOf(header, lines, seen) };
        line += Math.max(1, lines.length);
        return marked;
    });
}
