/* SPDX-License-Identifier: MIT */
// Events that are not octets, as sentences.
import type { TranscriptEvent } from './transcript.ts';
import { toText } from './bytes.ts';
import { isMasked } from './transcript.ts';

const closings: Record<string, string> = {
    quit: 'closed after QUIT', client_closed: 'the client closed without QUIT', client_reset: 'the client reset the connection',
    idle: 'closed: the client was silent too long', total: 'closed: the session lasted too long', too_many_errors: 'closed: too many errors',
    shutdown: 'closed: the server stopped', fault: 'closed by a fault rule', api: 'closed through the API', crash: 'the server went away',
};

/** What a TLS event says: {version, cipher, ...} may stand in the event or in its detail. */
export function tlsFacts(event: TranscriptEvent): Record<string, unknown>
{
    const detail = typeof event.detail === 'object' && event.detail !== null ? event.detail as Record<string, unknown> : {};
    const known = new Set(['event', 't_us', 'type', 'dir', 'off', 'len', 'text', 'detail', 're', 'code', 'lines']);
    const own = Object.entries(event).filter(([name, value]) => !known.has(name) && value !== null && value !== undefined);
    return { ...Object.fromEntries(own), ...detail };
}

export function tlsSentence(event: TranscriptEvent): string
{
    const facts = tlsFacts(event);
    const failure = facts['error'] ?? facts['alert'] ?? facts['failure'];
    if (failure) {
        return `TLS failed: ${String(failure)}`;
    }
    const words = [facts['version'] ?? 'TLS', facts['cipher']];
    const sni = facts['sni'] ? ` · SNI ${String(facts['sni'])}` : '';
    return words.filter(Boolean).map(String).join(' ') + sni + (facts['resumed'] ? ' · resumed' : '');
}

/** The words of any other event. */
export function wordsOf(event: TranscriptEvent): string
{
    const said = event.text !== null && event.text !== undefined && !isMasked(event.text) ? toText(event.text).trim() : '';
    const detail = typeof event.detail === 'string' ? event.detail : '';
    switch (event.type) {
        case 'open': return said || detail || 'connected';
        case 'close': {
            const reason = String(event['reason'] ?? (said || detail));
            return closings[reason] ?? (reason ? `closed: ${reason}` : 'closed');
        }
        case 'proxy': return `PROXY ${said || detail || JSON.stringify(event.detail ?? '')}`;
        case 'fault': return `⚡ fault ${said || detail || JSON.stringify(event.detail ?? '')}`;
        default: return said || detail || event.type;
    }
}
