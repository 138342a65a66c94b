/* SPDX-License-Identifier: MIT */
// Header fields of a part as somebody reads them: unfolded, encoded words decoded (RFC 2047). The server decodes those of
// the message itself; of a message inside it only the octets are here.

import { fromBase64, toText } from './bytes.ts';

export interface Field {
    name: string;
    value: string;
}

function octetsOf(encoding: string, text: string): Uint8Array
{
    if (/b/i.test(encoding)) {
        return fromBase64(text);
    }
    const plain = text.replaceAll('_', ' ').replace(/=([0-9a-f]{2})/gi, (_, pair: string) => String.fromCharCode(parseInt(pair, 16)));
    return Uint8Array.from(plain, (char) => char.charCodeAt(0));
}

/** Octets as text in the charset that was named; UTF-8 where no browser knows it. */
export function textIn(charset: string | null, octets: Uint8Array): string
{
    try {
        return new TextDecoder(charset ?? 'utf-8').decode(octets);
    } catch {
        return toText(octets);
    }
}

/** A field's value with its encoded words decoded; one that is broken stays as it is. */
export function decodeWords(value: string): string
{
    return value.replace(/(=\?[^?\s]+\?[bq]\?[^?\s]*\?=)\s+(?==\?[^?\s]+\?[bq]\?[^?\s]*\?=)/gi, '$1')
        .replace(/=\?([^?\s*]+)(?:\*[^?\s]*)?\?([bq])\?([^?\s]*)\?=/gi, (whole, charset: string, encoding: string, text: string) => {
            try {
                return textIn(charset, octetsOf(encoding, text));
            } catch {
                return whole as string;
            }
        });
}

/** The fields of a header block, in their order. */
export function fieldsOf(block: Uint8Array): Field[]
{
    return toText(block).replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/).flatMap((line) => {
        const colon = line.indexOf(':');
        return colon > 0 ? [{ name: line.slice(0, colon).trim(), value: decodeWords(line.slice(colon + 1).trim()) }] : [];
    });
}
