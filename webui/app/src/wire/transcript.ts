/* SPDX-License-Identifier: MIT */
// The transcript as the API gives it (application/vnd.smtp-transcript+json, version 1).
import type { Octets, TlsView } from '../types.ts';

export type Direction = 'c' | 's';

/** Text of an event; a secret is sent as its length until it is asked for. */
export type EventText = Octets | { masked: number };

export interface TranscriptEvent {
    event: number;
    t_us: number;
    type: string;
    dir?: Direction | null;
    off?: number | null;
    len?: number | null;
    text?: EventText | null;
    verb?: string | null;
    code?: number | null;
    enh?: string | null;
    lines?: number | null;
    re?: number | null;
    message?: number | null;
    body_off?: number | null;
    body_len?: number | null;
    dots?: number[] | null;
    eod?: string | null;
    check?: string | null;
    severity?: 'error' | 'warning' | 'info' | null;
    count?: number | null;
    source?: string | null;
    at?: { dir: Direction; offset: number; length: number } | null;
    detail?: unknown;
    [more: string]: unknown;
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
        tls: TlsView | null;
    };
    chunks: Chunk[];
    events: TranscriptEvent[];
    messages: TranscriptMessage[];
}

export function isMasked(text: EventText | null | undefined): text is { masked: number }
{
    return typeof text === 'object' && text !== null && 'masked' in text;
}

/** An older reading and what came after it, as one. */
export function extend(old: Transcript, more: Transcript): Transcript
{
    const first = more.events[0]?.event ?? Infinity;
    const kept = old.events.filter((one) => one.event < first);
    return { ...more, events: [...kept, ...more.events] };
}
