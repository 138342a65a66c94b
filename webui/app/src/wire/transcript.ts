/* SPDX-License-Identifier: MIT */
// The transcript as the API gives it (application/vnd.smtp-transcript+json, version 1).
import type { Octets, TlsView } from '../types.ts';

export type Direction = 'c' | 's';

/** Where in the text of an event a secret stands. */
export interface Stretch {
    off: number;
    len: number;
}

export interface TranscriptEvent {
    event: number;
    t_us: number;
    type: string;
    dir?: Direction | null;
    off?: number | null;
    len?: number | null;
    /** Octets of a secret are asterisks until they are asked for. */
    text?: Octets | null;
    text_cut?: boolean;
    masked?: Stretch | null;
    secret?: Stretch | null;
    verb?: string | null;
    code?: number | null;
    enh?: string | null;
    /** Why a reply of 4xx or 5xx was given. */
    cause?: string | null;
    lines?: number | null;
    re?: number | null;
    message?: number | null;
    body_off?: number | null;
    body_len?: number | null;
    dots?: number[] | null;
    dot_count?: number | null;
    deleted?: boolean;
    eod?: string | null;
    check?: string | null;
    severity?: 'error' | 'warning' | 'info' | null;
    count?: number | null;
    source?: string | null;
    fix?: string | null;
    at?: { dir: Direction; offset: number; length: number } | null;
    detail?: unknown;
}

/** Direction, offset, length, microseconds since the session opened, layer. */
export type Chunk = [Direction, number, number, number, string];

export interface TranscriptMessage {
    id: number;
    event: number;
    mail_from: { raw: string } | null;
    rcpt_to: { raw: string }[];
    size: number;
    wire_size: number | null;
    complete?: boolean;
}

export interface Transcript {
    v: number;
    creator: { name: string; version: string };
    session: {
        id: number;
        listener: string;
        peer: string;
        opened_at: string;
        closed_at: string | null;
        close_reason: string | null;
        lossless: boolean;
        /** What the limits took of its beginning. */
        retired?: { transactions: number; events: number } | null;
        /** Where the client really connected to, behind a listener on all addresses. */
        local?: string | null;
        tls: TlsView | null;
        auth?: { mechanism: string | null; user: string | null; success: boolean } | null;
    };
    chunks: Chunk[];
    events: TranscriptEvent[];
    messages: TranscriptMessage[];
    /** Where to go on when these are not all events. */
    next_event?: number | null;
}

/** An older reading and what came after it, as one. */
export function extend(old: Transcript, more: Transcript): Transcript
{
    const first = more.events[0]?.event ?? Infinity;
    const kept = old.events.filter((one) => one.event < first);
    const known = new Set(more.chunks.map((chunk) => chunk[0] + chunk[1]));
    const chunks = [...old.chunks.filter((chunk) => !known.has(chunk[0] + chunk[1])), ...more.chunks];
    return { ...more, chunks, events: [...kept, ...more.events] };
}
