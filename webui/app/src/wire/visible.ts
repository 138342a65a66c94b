/* SPDX-License-Identifier: MIT */
// What stands in a byte string, made visible: text stays text, everything that a screen would swallow becomes a pill.

import { toText } from './bytes.ts';

/** One piece of a line. A pill has the name of its octets; `lone` marks a CR or LF without its partner. */
export interface Piece {
    kind: 'text' | 'pill';
    text: string;
    at: number;
    length: number;
    lone?: boolean;
    eol?: boolean;
}

const names: Record<number, string> = { 0: 'NUL', 7: 'BEL', 8: 'BS', 9: 'TAB', 10: 'LF', 11: 'VT', 12: 'FF', 13: 'CR', 27: 'ESC', 127: 'DEL' };

const hex = (octet: number): string => octet.toString(16).toUpperCase().padStart(2, '0');

/** How many octets of UTF-8 start at `at` (1-4), or 0 where none does: overlong forms and surrogates are none. */
export function utf8Length(bytes: Uint8Array, at: number): number
{
    const lead = bytes[at] ?? 0;
    if (lead < 0x80) {
        return 1;
    }
    const length = lead >= 0xf0 && lead < 0xf5 ? 4 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xc2 && lead < 0xe0 ? 2 : 0;
    if (length === 0 || at + length > bytes.length) {
        return 0;
    }
    for (let i = 1; i < length; i++) {
        if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) {
            return 0;
        }
    }
    const second = bytes[at + 1] ?? 0;
    const bad = (lead === 0xe0 && second < 0xa0) || (lead === 0xed && second > 0x9f) || (lead === 0xf0 && second < 0x90) || (lead === 0xf4 && second > 0x8f);
    return bad ? 0 : length;
}

function pillAt(bytes: Uint8Array, at: number): Piece | null
{
    const octet = bytes[at] ?? 0;
    if (octet === 13 && bytes[at + 1] === 10) {
        return { kind: 'pill', text: 'CR LF', at, length: 2, eol: true };
    }
    if (octet < 32 || octet === 127) {
        const lone = octet === 13 || octet === 10;
        return { kind: 'pill', text: names[octet] ?? hex(octet), at, length: 1, lone: lone || octet === 0, eol: octet === 10 };
    }
    if (octet >= 0x80 && utf8Length(bytes, at) === 0) {
        return { kind: 'pill', text: hex(octet), at, length: 1 };
    }
    return null;
}

/** The pieces of `bytes` in order; together they cover every octet exactly once. */
export function pieces(bytes: Uint8Array): Piece[]
{
    const found: Piece[] = [];
    let start = 0;
    const flush = (end: number): void => {
        if (end > start) {
            found.push({ kind: 'text', text: toText(bytes.subarray(start, end)), at: start, length: end - start });
        }
    };
    for (let at = 0; at < bytes.length;) {
        const pill = pillAt(bytes, at);
        if (pill) {
            flush(at);
            found.push(pill);
            at += pill.length;
            start = at;
        } else {
            at += Math.max(1, utf8Length(bytes, at));
        }
    }
    flush(bytes.length);
    return found;
}

/** U+202A.. and the like turn text around: shown by name wherever a sender could hide behind them (file names). */
export function nameOdd(text: string): { text: string; odd: boolean }[]
{
    const out: { text: string; odd: boolean }[] = [];
    for (const piece of text.split(/([\u0000-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff])/u)) {
        if (piece === '') {
            continue;
        }
        const code = piece.codePointAt(0) ?? 0;
        const odd = piece.length === 1 && /[\u0000-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u.test(piece);
        out.push({ text: odd ? `U+${code.toString(16).toUpperCase().padStart(4, '0')}` : piece, odd });
    }
    return out;
}
