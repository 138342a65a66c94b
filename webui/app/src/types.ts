/* SPDX-License-Identifier: MIT */
// What the HTTP API answers, as far as the page reads it.

export interface Mailbox {
    name: string | null;
    address: string;
}

export interface Counts {
    error: number;
    warning: number;
    info: number;
}

export interface MessageSummary {
    kind?: 'message';
    id: number;
    seq: number;
    inbox: string;
    session: number | null;
    received_at: string;
    size: number;
    envelope: { from: string | null; to: string[]; body: string | null; smtputf8: boolean };
    from: Mailbox | null;
    to: Mailbox[];
    cc: Mailbox[];
    subject: string | null;
    message_id: string | null;
    date: string | null;
    snippet: string | null;
    attachments: number | null;
    read: boolean;
    tags: string[];
    findings: Counts;
}

export interface TransactionView {
    mail_from: { address: string; params?: Record<string, string | null> } | null;
    rcpt_to: { address: string; params?: Record<string, string | null>; code: number | null }[];
    code: number | null;
    message: number | null;
    size: number | null;
}

export interface TlsView {
    version: string | null;
    cipher: string | null;
    sni?: string | null;
    alpn?: string | null;
    mode?: string | null;
    resumed?: boolean | null;
    at_event?: number | null;
    client_cert?: unknown;
    [more: string]: unknown;
}

export interface SessionSummary {
    kind?: 'session';
    id: number;
    seq: number | null;
    inbox: string;
    live: boolean;
    listener: string;
    peer: string;
    opened_at: string;
    closed_at: string | null;
    outcome: string | null;
    close_reason: string | null;
    fault: boolean;
    helo: string | null;
    tls: TlsView | null;
    auth: { mechanism: string | null; user: string | null; success: boolean } | null;
    /** The first reply of 4xx or 5xx. */
    refusal: { code: number; enhanced: string | null; verb: string | null; recipient: string | null; text: string } | null;
    recipients: { accepted: number; refused: number };
    slowest_gap_ms: number;
    /** Whom it waited for, when it is over; null where an older version kept it. */
    waits: { client_us: number; server_us: number; tls_us: number } | null;
    bytes_in: number;
    bytes_out: number;
    messages: number[];
    findings: Counts;
    transactions?: TransactionView[];
}

export type Row = (MessageSummary & { kind: 'message' }) | (SessionSummary & { kind: 'session' });

export type Octets = string | { b64: string };

export interface Header {
    name: string;
    value: string;
    /** The value as it stands in the message, folded, with its line end. */
    raw: Octets;
    offset: number;
}

export interface Part {
    section: string;
    type: string;
    charset: string | null;
    encoding: string | null;
    disposition: string | null;
    filename: string | null;
    content_id: string | null;
    attachment: boolean;
    /** Where its header block and its encoded octets stand in the message. */
    header_offset: number;
    header_size: number;
    offset: number;
    size: number;
    decoded_size: number | null;
    parts: Part[];
}

export interface Finding {
    check: string;
    severity: 'error' | 'warning' | 'info';
    count: number;
    text: string;
    source: string | null;
    event: number | null;
    at: { dir: string; offset: number; length: number } | null;
}

export interface Message extends MessageSummary {
    headers: Header[];
    text: string | null;
    html: string | null;
    text_cut?: boolean;
    html_cut?: boolean;
    parts: Part | null;
    transaction: TransactionView | null;
    preview: string | null;
    diagnosis?: Finding[];
    /** What the HTML would fetch from elsewhere. */
    remote: { images: number; others: number; unresolved: number; hosts: string[] } | null;
}

export interface Listener {
    kind: string;
    address: string;
    port: number;
    tls: string | null;
}

export interface Info {
    name: string;
    version: string;
    started_at: string;
    epoch: string | number;
    seq: number;
    listeners: Listener[];
    store: { kind: string; path: string | null; messages: number; sessions: number; bytes: number; damaged_records: number; failure: string | null };
    limits: Record<string, unknown>;
    /** What clients send in AUTH is not even stored. */
    drops_secrets: boolean;
    /** Who may log in by SMTP. */
    logins: 'any' | 'file' | 'off' | null;
}

export type ListKind = 'activity' | 'messages' | 'sessions';

export interface Page {
    rows: Row[];
    total: number | null;
    next: number | null;
    seq: number;
}
