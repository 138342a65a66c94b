/* SPDX-License-Identifier: MIT */
// From the events of a transcript to the rows of its table: in the order of the wire, with times, groups and remarks.

import { toBytes, toText } from './bytes.ts';
import { type Login, markLogins } from './login.ts';
import type { Chunk, Direction, Stretch, Transcript, TranscriptEvent } from './transcript.ts';

export type RowKind = 'server' | 'client' | 'body' | 'sasl' | 'tls' | 'fault' | 'note' | 'close';

export interface WireRow {
    /** The event's number: the anchor of the row. */
    event: number;
    kind: RowKind;
    dir: Direction | null;
    tUs: number;
    /** Since the row before it, 0 for the first. */
    deltaUs: number;
    /** Octets on the wire (inside TLS: of the plaintext). */
    bytes: number;
    off: number;
    text: Uint8Array;
    /** Where asterisks stand for a secret; null for what may be read. */
    masked: Stretch | null;
    code: number | null;
    enhanced: string | null;
    lines: number;
    verb: string | null;
    /** The event that this one answers. */
    answers: number | null;
    /** Position in a group of commands that came in one read before the first was answered. */
    group: { first: number; size: number; bytes: number; offered: boolean; place: 'start' | 'middle' | 'end' } | null;
    /** The login that it belongs to. */
    login: Login | null;
    /** This reply answers a command of such a group. */
    answersGroup: boolean;
    /** Reads or writes that brought it. */
    segments: Chunk[];
    secure: boolean;
    /** Which MAIL it belongs to, from 0; -1 before the first. */
    transaction: number;
    remarks: TranscriptEvent[];
    raw: TranscriptEvent;
}

const kinds: Record<string, RowKind> = {
    banner: 'server', reply: 'server', cmd: 'client', command: 'client', body: 'body', bdat: 'body', sasl: 'sasl', tls: 'tls',
    fault: 'fault', close: 'close',
};

/** Where in the order of reads and writes an event stands; events without octets stay behind the one before them. */
function wireOrder(events: TranscriptEvent[], chunks: Chunk[], byDir: Record<Direction, Chunk[]>): TranscriptEvent[]
{
    const places = new Map(chunks.map((chunk, index) => [chunk, index]));
    let last = -1;
    const keyed = events.map((event, position) => {
        const all = event.dir && typeof event.off === 'number' && (event.len ?? 0) > 0 ? byDir[event.dir] : [];
        const chunk = all[lastAtOrBefore(all, event.off ?? 0)];
        const key = chunk ? places.get(chunk) ?? last : last;
        last = Math.max(last, key);
        return { event, key, position };
    });
    keyed.sort((a, b) => a.key - b.key || a.position - b.position);
    return keyed.map((one) => one.event);
}

/** The position of the last chunk that begins at `off` or before it, -1 for none. */
function lastAtOrBefore(chunks: Chunk[], off: number): number
{
    let low = 0;
    let high = chunks.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        if ((chunks[middle]?.[1] ?? 0) <= off) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low - 1;
}

function segmentsOf(event: TranscriptEvent, byDir: Record<Direction, Chunk[]>): Chunk[]
{
    if (!event.dir || typeof event.off !== 'number' || !event.len) {
        return [];
    }
    const from = event.off;
    const to = from + event.len;
    const all = byDir[event.dir];
    let at = lastAtOrBefore(all, from);
    const found: Chunk[] = [];
    for (at = Math.max(0, at); at < all.length && (all[at]?.[1] ?? 0) < to; at++) {
        const chunk = all[at];
        if (chunk && chunk[1] + chunk[2] > from) {
            found.push(chunk);
        }
    }
    return found;
}

function plainRow(event: TranscriptEvent, segments: Chunk[]): WireRow
{
    const kind = kinds[event.type] ?? 'note';
    const octets = kind === 'server' || kind === 'client' || kind === 'body' || kind === 'sasl';
    return {
        event: event.event, kind, dir: octets ? event.dir ?? null : null, tUs: segments[0]?.[3] ?? event.t_us, deltaUs: 0,
        bytes: event.len ?? 0, off: event.off ?? 0, text: toBytes(event.text), masked: event.masked ?? null,
        code: event.code ?? null, enhanced: event.enh ?? null, lines: event.lines ?? 1, verb: event.verb ?? null, answers: event.re ?? null,
        group: null, login: null, answersGroup: false, segments, secure: (segments[0]?.[4] ?? '') === 'tls', transaction: -1, remarks: [], raw: event,
    };
}

/** Commands that share a read with the one before them, before that one was answered, are one pipelined group. */
function markGroups(rows: WireRow[]): void
{
    let from = 0;
    let offered = false;
    const close = (to: number): void => {
        const members = rows.slice(from, to);
        if (members.length > 1) {
            const bytes = members.reduce((sum, row) => sum + row.bytes, 0);
            members.forEach((row, i) => {
                const place = i === 0 ? 'start' : i === members.length - 1 ? 'end' : 'middle';
                row.group = { first: members[0]?.event ?? 0, size: members.length, bytes, offered, place };
            });
        }
    };
    rows.forEach((row, i) => {
        const before = rows[i - 1];
        const joins = row.kind === 'client' && before?.kind === 'client' && before.segments.length > 0
            && row.segments[0] !== undefined && row.segments[0] === before.segments[0];
        if (!joins) {
            close(i);
            from = i;
        }
        // RFC 2920: what the last answer to EHLO offered.
        offered = row.kind === 'server' && row.lines > 1 && row.code === 250 ? /^250[- ]PIPELINING\r?$/im.test(toText(row.text)) : offered;
    });
    close(rows.length);
    const grouped = new Set(rows.filter((row) => row.group).map((row) => row.event));
    for (const row of rows) {
        row.answersGroup = row.answers !== null && grouped.has(row.answers);
    }
}

function markTransactions(rows: WireRow[]): void
{
    let transaction = -1;
    for (const row of rows) {
        if (row.kind === 'client' && row.verb === 'MAIL') {
            transaction++;
        }
        row.transaction = transaction;
    }
}

/** Remarks stand at the row of their event; one without a row of its own, at the last row before it. */
function giveRemarks(rows: WireRow[], findings: TranscriptEvent[]): void
{
    const byEvent = new Map(rows.map((row) => [row.event, row]));
    for (const finding of findings) {
        const place = finding.at;
        const holder = rows.find((row) => place && row.dir === place.dir && row.bytes > 0 && row.off <= place.offset && place.offset < row.off + row.bytes);
        let number = typeof finding.re === 'number' && finding.re > 0 ? finding.re : finding.event - 1;
        while (number > 0 && !byEvent.has(number)) {
            number--;
        }
        (holder ?? byEvent.get(number) ?? rows[0])?.remarks.push(finding);
    }
}

/** The last row has what came and was never taken up: behind QUIT, or the beginning of a line. Its place is where the client's stream ends. */
function markUnread(rows: WireRow[]): void
{
    const close = rows.find((row) => row.kind === 'close');
    if (close) {
        const read = rows.reduce((most, row) => (row.dir === 'c' ? Math.max(most, row.off + row.bytes) : most), 0);
        close.bytes = Math.max(0, close.off - read);
        close.off -= close.bytes;
    }
}

/** Of each command that was never answered, a row before the end that says so. */
function addMissing(rows: WireRow[]): WireRow[]
{
    const end = rows.findIndex((row) => row.kind === 'close');
    const close = rows[end];
    if (!close) {
        return rows;
    }
    const answered = new Set(rows.map((row) => row.answers));
    // BDAT is answered behind its octets, which the reply names.
    const isAnswered = (row: WireRow, i: number): boolean => answered.has(row.event) || (row.verb === 'BDAT' && answered.has(rows[i + 1]?.event ?? -1));
    const missing = rows.filter((row, i) => row.kind === 'client' && !isAnswered(row, i)).map((row): WireRow => ({
        ...plainRow({ event: row.event + 0.5, t_us: close.tUs, type: 'noreply', text: 'no reply sent before close' }, []),
        answers: row.event, answersGroup: true, secure: row.secure, transaction: row.transaction,
    }));
    return [...rows.slice(0, end), ...missing, ...rows.slice(end)];
}

/** The rows of a transcript, in the order in which its octets crossed the wire. */
export function rowsOf(transcript: Transcript): WireRow[]
{
    const byDir: Record<Direction, Chunk[]> = { c: [], s: [] };
    transcript.chunks.forEach((chunk) => byDir[chunk[0]].push(chunk));
    const findings = transcript.events.filter((event) => event.type === 'finding');
    const shown = transcript.events.filter((event) => event.type !== 'finding' && event.type !== 'idle');
    const rows = wireOrder(shown, transcript.chunks, byDir).map((event) => plainRow(event, segmentsOf(event, byDir)));
    rows.forEach((row, i) => {
        const before = rows[i - 1];
        row.tUs = Math.max(row.tUs, before?.tUs ?? 0);
        row.deltaUs = before ? row.tUs - before.tUs : 0;
        row.secure = row.secure || (row.segments.length === 0 && (before?.secure ?? false)) || row.kind === 'tls';
    });
    markGroups(rows);
    markTransactions(rows);
    markLogins(rows, transcript.session.auth?.user ?? null);
    giveRemarks(rows, findings);
    markUnread(rows);
    return addMissing(rows);
}

/** Where the time of a session went, in microseconds, by who was waited for. */
export interface Shares {
    client: number;
    server: number;
    tls: number;
}

/** Before a row of the client we waited for the client; before one of the server, for us. */
export function shares(rows: WireRow[]): Shares
{
    const sums: Shares = { client: 0, server: 0, tls: 0 };
    for (const row of rows) {
        const who = row.kind === 'tls' ? 'tls' : row.dir === 's' ? 'server' : 'client';
        sums[who] += row.deltaUs;
    }
    return sums;
}

/** The longest waits, longest first. */
export function slowest(rows: WireRow[], most = 3): WireRow[]
{
    return [...rows].filter((row) => row.deltaUs > 0).sort((a, b) => b.deltaUs - a.deltaUs).slice(0, most);
}

/** The row that says why a session failed: the first reply of 4xx or 5xx, else a failed handshake. */
export function firstRefusal(rows: WireRow[]): WireRow | null
{
    return rows.find((row) => (row.code ?? 0) >= 400) ?? null;
}
