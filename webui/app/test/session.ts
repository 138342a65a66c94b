/* SPDX-License-Identifier: MIT */
// Builds transcripts for the tests, as the API gives them.
import type { Chunk, Direction, Transcript, TranscriptEvent } from '../src/wire/transcript.ts';

const encoder = new TextEncoder();

/** Writes a conversation: each `read` and `write` is one chunk, its lines are events. */
export class Conversation {
    chunks: Chunk[] = [];
    events: TranscriptEvent[] = [];
    streams: Record<Direction, string> = { c: '', s: '' };
    private now = 0;
    private layer = 'plain';

    wait(us: number): this
    {
        this.now += us;
        return this;
    }

    private event(type: string, more: Partial<TranscriptEvent>): number
    {
        const event = this.events.length + 1;
        this.events.push({ event, t_us: this.now, type, ...more });
        return event;
    }

    private chunk(dir: Direction, text: string): number
    {
        const off = encoder.encode(this.streams[dir]).length;
        const len = encoder.encode(text).length;
        this.chunks.push([dir, off, len, this.now, this.layer]);
        this.streams[dir] += text;
        return off;
    }

    /** The client's commands of one read; returns their event numbers. */
    read(...commands: string[]): number[]
    {
        let off = this.chunk('c', commands.join(''));
        return commands.map((text) => {
            const len = encoder.encode(text).length;
            const number = this.event('cmd', { dir: 'c', off, len, text, verb: /^\w+/.exec(text)?.[0]?.toUpperCase() ?? null });
            off += len;
            return number;
        });
    }

    /** The server's replies of one write; `re` names what each answers. */
    write(...replies: [string, number | null][]): this
    {
        let off = this.chunk('s', replies.map(([text]) => text).join(''));
        for (const [text, re] of replies) {
            const len = encoder.encode(text).length;
            const lines = text.split('\n').length - 1;
            this.event('reply', { dir: 's', off, len, text, re, code: Number(text.slice(0, 3)), enh: /^\d+[ -](\d\.\d+\.\d+)/.exec(text)?.[1] ?? null, lines });
            off += len;
        }
        return this;
    }

    body(wire: string, more: Partial<TranscriptEvent> = {}): number
    {
        const off = this.chunk('c', wire);
        return this.event('body', { dir: 'c', off, len: wire.length, message: null, dots: [], eod: 'canonical', ...more });
    }

    say(type: string, more: Partial<TranscriptEvent> = {}): number
    {
        return this.event(type, { dir: 'c', off: 0, len: 0, ...more });
    }

    tls(): this
    {
        this.event('tls', { dir: 'c', off: 0, len: 0, detail: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', sni: 'app.test' } });
        this.layer = 'tls';
        return this;
    }

    get transcript(): Transcript
    {
        const secure = this.layer === 'tls';
        return {
            v: 1, creator: { name: 'mailscope', version: '0' }, chunks: this.chunks, events: this.events, messages: [],
            session: {
                id: 7, listener: '127.0.0.1:2525', peer: '127.0.0.1:40000', opened_at: '2026-11-21T10:00:00.000000Z', closed_at: null,
                close_reason: null, lossless: true, tls: secure ? { version: 'TLSv1.3', cipher: 'x', sni: 'app.test', mode: 'starttls' } : null,
            },
        };
    }
}
