/* SPDX-License-Identifier: MIT */
// The way of a message as its Received fields tell it (RFC 5321 section 4.4), the first hop first.
import type { Header } from '../types.ts';

export interface Hop {
    from: string | null;
    by: string | null;
    with: string | null;
    id: string | null;
    /** RFC 3339; null when the date cannot be read. */
    at: string | null;
    /** Milliseconds since the hop before it, null when either has no date. */
    delay: number | null;
}

/** The clauses before the last semicolon; comments stay with what they follow. */
function clause(text: string, name: string): string | null
{
    const found = new RegExp(`(?:^|\\s)${name}\\s+(\\S+(?:\\s*\\([^)]*\\))?)`, 'i').exec(text);
    return found?.[1] ?? null;
}

function hopOf(value: string): Hop
{
    const end = value.lastIndexOf(';');
    const text = (end < 0 ? value : value.slice(0, end)).replace(/\s+/g, ' ');
    const when = end < 0 ? NaN : Date.parse(value.slice(end + 1).replace(/\([^)]*\)/g, '').trim());
    return {
        from: clause(text, 'from'), by: clause(text, 'by'), with: clause(text, 'with'), id: clause(text, 'id'),
        at: Number.isNaN(when) ? null : new Date(when).toISOString(), delay: null,
    };
}

/** The hops of a message, oldest first: each server writes its field above the others. */
export function hopsOf(headers: Header[]): Hop[]
{
    const hops = headers.filter((one) => one.name.toLowerCase() === 'received').map((one) => hopOf(one.value)).reverse();
    return hops.map((hop, i) => {
        const before = hops[i - 1]?.at;
        return { ...hop, delay: before && hop.at ? Date.parse(hop.at) - Date.parse(before) : null };
    });
}
