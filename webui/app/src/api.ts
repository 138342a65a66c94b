/* SPDX-License-Identifier: MIT */
import { href } from './base.ts';
import type { Info, ListKind, Message, MessageSummary, Page, Row, SessionSummary } from './types.ts';

/** An answer that is not 2xx, with what the server said about it (RFC 9457). */
export class Problem extends Error {
    constructor(readonly status: number, readonly title: string, detail: string, readonly at: number | null)
    {
        super(detail || title);
    }
}

async function refusal(response: Response): Promise<Problem>
{
    const said = await response.json().catch(() => ({})) as { title?: string; detail?: string; at?: unknown };
    const at = typeof said.at === 'number' ? said.at : null;
    return new Problem(response.status, said.title ?? response.statusText, said.detail ?? '', at);
}

/** One request; rejects with Problem where the server answers with one, with TypeError where it does not answer. */
export async function request(path: string, init: RequestInit = {}): Promise<Response>
{
    const response = await fetch(href(path), init);
    if (!response.ok) {
        throw await refusal(response);
    }
    return response;
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T>
{
    const response = await request(path, { headers: { accept: 'application/json' }, ...(signal ? { signal } : {}) });
    return await response.json() as T;
}

export async function bytes(path: string, range?: [number, number]): Promise<Uint8Array>
{
    const headers: Record<string, string> = range ? { range: `bytes=${range[0]}-${range[1] - 1}` } : {};
    const response = await request(path, { headers });
    return new Uint8Array(await response.arrayBuffer());
}

export async function send<T>(method: string, path: string, body?: unknown): Promise<T>
{
    const response = await request(path, {
        method,
        headers: body === undefined ? {} : { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return (text ? JSON.parse(text) : null) as T;
}

/** `a=1&b=2` of what is set. */
export function query(fields: Record<string, string | number | null | undefined>): string
{
    const params = new URLSearchParams();
    for (const [name, value] of Object.entries(fields)) {
        if (value !== null && value !== undefined && value !== '') {
            params.set(name, String(value));
        }
    }
    const text = params.toString();
    return text ? `?${text}` : '';
}

/** Minutes that this browser's clock is ahead of UTC: times in a question are meant by it. */
export const zone = (q: string): number | null => (q === '' ? null : -new Date().getTimezoneOffset());

interface ListAnswer {
    activity?: Row[];
    messages?: MessageSummary[];
    sessions?: SessionSummary[];
    total?: number | null;
    next?: number | null;
    seq?: number;
}

export interface ListQuery {
    q: string;
    inbox: string;
    limit?: number;
    at?: number;
    before?: number;
    after?: number;
    live?: number;
}

/** A page of one of the three lists, its rows marked with their kind. */
export async function list(kind: ListKind, asked: ListQuery, signal?: AbortSignal): Promise<Page>
{
    const { q, inbox, limit, at, before, after, live } = asked;
    const answer = await get<ListAnswer>(`/api/${kind}${query({ q, zone: zone(q), inbox, limit, at, before, after, live })}`, signal);
    let rows: Row[] = answer.activity ?? [];
    if (kind === 'messages') {
        rows = (answer.messages ?? []).map((one) => ({ ...one, kind: 'message' }));
    } else if (kind === 'sessions') {
        rows = (answer.sessions ?? []).map((one) => ({ ...one, kind: 'session' }));
    }
    return { rows, total: answer.total ?? null, next: answer.next ?? null, seq: answer.seq ?? 0 };
}

export const info = (): Promise<Info> => get<Info>('/api/info');
export const message = (id: number | 'latest', asked = '', signal?: AbortSignal): Promise<Message> =>
    get<Message>(`/api/messages/${id}${asked}`, signal);
export const session = (id: number, signal?: AbortSignal): Promise<SessionSummary> =>
    get<SessionSummary>(`/api/sessions/${id}`, signal);
