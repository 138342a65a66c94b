/* SPDX-License-Identifier: MIT */
// An outcome as a word and a glyph: never by colour alone.
import type { SessionSummary } from '../../types.ts';

export interface Outcome {
    word: string;
    glyph: string;
    tone: 'good' | 'warn' | 'bad' | 'quiet' | 'live';
    says: string;
}

const outcomes: Record<string, Outcome> = {
    lost: { word: 'LOST', glyph: '✖', tone: 'bad', says: 'the server stopped while this session was open' },
    tls_failed: { word: 'TLS FAILED', glyph: '✖', tone: 'bad', says: 'the TLS handshake failed' },
    auth_failed: { word: 'AUTH FAILED', glyph: '✖', tone: 'bad', says: 'the login was refused' },
    timeout: { word: 'TIMEOUT', glyph: '✖', tone: 'bad', says: 'the client was silent for too long' },
    aborted: { word: 'ABORTED', glyph: '✖', tone: 'bad', says: 'the client left in the middle' },
    rejected: { word: 'REJECTED', glyph: '✖', tone: 'bad', says: 'refused after the message data' },
    refused: { word: 'REFUSED', glyph: '✖', tone: 'bad', says: 'refused before the message data' },
    delivered: { word: 'delivered', glyph: '✔', tone: 'good', says: 'every message was kept' },
    empty: { word: 'empty', glyph: '○', tone: 'quiet', says: 'no message was offered' },
};

/** What became of a session. A fault of ours says so first: nobody shall hunt a bug that we made. */
export function outcomeOf(session: SessionSummary): Outcome
{
    if (session.live) {
        return { word: 'live', glyph: '●', tone: 'live', says: 'the client is connected' };
    }
    if (session.fault) {
        return { word: 'FAULT', glyph: '⚡', tone: 'warn', says: 'a fault rule answered' };
    }
    const word = session.outcome ?? 'empty';
    return outcomes[word] ?? { word: word.toUpperCase(), glyph: '○', tone: 'quiet', says: word };
}
