/* SPDX-License-Identifier: MIT */
// Events that are not octets, as sentences.
import type { TranscriptEvent } from './transcript.ts';
import { toText } from './bytes.ts';
import { closingOf } from './endings.ts';
import { count, tlsName } from './format.ts';
import type { WireRow } from './rows.ts';

/** What a TLS event knows: {version, cipher, ...}. */
export function tlsFacts(event: TranscriptEvent): Record<string, unknown>
{
    const detail = typeof event.detail === 'object' && event.detail !== null ? event.detail as Record<string, unknown> : {};
    return Object.fromEntries(Object.entries(detail).filter(([, value]) => value !== null));
}

export function tlsSentence(event: TranscriptEvent): string
{
    const facts = tlsFacts(event);
    const failure = facts['error'] ?? facts['alert'] ?? facts['failure'];
    if (failure) {
        return `TLS failed: ${String(failure)}`;
    }
    if (!facts['version']) {
        return 'TLS failed: the client left in the middle of the handshake';
    }
    const words = [tlsName({ version: String(facts['version']) }), facts['cipher']];
    const sni = facts['sni'] ? ` · SNI ${String(facts['sni'])}` : '';
    return words.filter(Boolean).map(String).join(' ') + sni + (facts['resumed'] ? ' · resumed' : '');
}

const trust = 'the client does not trust our certificate: give it the CA of /api/ca.pem, or switch its check off for tests';
const alerts: [RegExp, string][] = [
    [/unknown.?ca|bad.?certificate|certificate.?unknown|self.?signed/i, trust],
    [/certificate.?expired/i, 'the certificate or a clock is out of date'],
    [/unrecognized.?name|hostname/i, 'the client asked for another name than the certificate has: connect by that name, or set --hostname'],
    [/protocol.?version|unsupported.?protocol|wrong.?version/i, 'the versions do not overlap: see --tls-min and --tls-max'],
    [/handshake.?failure|no.?shared.?cipher/i, 'no cipher or group that both sides have'],
    [/http.?request|unexpected.?message|record.?overflow|decode/i, 'what came was no TLS: a client that speaks plain text on a TLS port, or the other way round'],
    [/certificate.?required/i, 'a client certificate is required (--tls-client-cert require)'],
];

/** Probable causes of a failed handshake, the likeliest first; none when it went well. */
export function tlsCauses(event: TranscriptEvent): string[]
{
    const facts = tlsFacts(event);
    const failure = facts['error'] ?? facts['alert'] ?? facts['failure'];
    if (!failure && facts['version']) {
        return [];
    }
    const found = alerts.filter(([pattern]) => pattern.test(String(failure ?? ''))).map(([, words]) => words);
    return found.length > 0 ? found : [trust, 'the client gave up: a timeout, or a check in the program that connects'];
}

/** The words of any other event. */
export function wordsOf(event: TranscriptEvent): string
{
    const said = toText(event.text).trim();
    const detail = typeof event.detail === 'string' ? event.detail : '';
    switch (event.type) {
        case 'open': return said ? `connected from ${said}` : 'connected';
        case 'close': {
            return closingOf(said || detail);
        }
        case 'proxy': return `PROXY ${said || detail || JSON.stringify(event.detail ?? '')}`;
        case 'fault': return `⚡ fault ${said || detail || JSON.stringify(event.detail ?? '')}`;
        default: return said || detail || event.type;
    }
}

/** The words of a row that is no octets: of its event, and at the end what was left unread. */
export function saysOf(row: WireRow): string
{
    const unread = row.kind === 'close' && row.bytes > 0 ? ` · ${count(row.bytes, 'byte')} unread` : '';
    return wordsOf(row.raw) + unread;
}
