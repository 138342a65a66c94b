/* SPDX-License-Identifier: MIT */
import type { Octets } from '../types.ts';

const encoder = new TextEncoder();
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

/** The bytes of what the API sends as a JSON string, or as base64 where they are not UTF-8. */
export function toBytes(octets: Octets | null | undefined): Uint8Array
{
    if (octets === null || octets === undefined) {
        return new Uint8Array(0);
    }
    return typeof octets === 'string' ? encoder.encode(octets) : fromBase64(octets.b64);
}

/** Text to read; what is not UTF-8 becomes U+FFFD. */
export function toText(octets: Octets | Uint8Array | null | undefined): string
{
    if (typeof octets === 'string') {
        return octets;
    }
    return lenient.decode(octets instanceof Uint8Array ? octets : toBytes(octets));
}

/** Whether the bytes are UTF-8. */
export function isUtf8(bytes: Uint8Array): boolean
{
    try {
        strict.decode(bytes);
        return true;
    } catch {
        return false;
    }
}

export function fromBase64(text: string): Uint8Array
{
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) {
        bytes[i] = binary.charCodeAt(i);
    }
    return bytes;
}

export function toBase64(bytes: Uint8Array): string
{
    let binary = '';
    for (let i = 0; i < bytes.length; i += 4096) {
        binary += String.fromCharCode(...bytes.subarray(i, i + 4096));
    }
    return btoa(binary);
}

/** The first place of `needle` in `hay` at or after `from`, or -1. */
export function find(hay: Uint8Array, needle: Uint8Array, from = 0): number
{
    const first = needle[0];
    if (first === undefined) {
        return -1;
    }
    for (let at = hay.indexOf(first, from); at >= 0; at = hay.indexOf(first, at + 1)) {
        if (at + needle.length > hay.length) {
            return -1;
        }
        let same = 1;
        while (same < needle.length && hay[at + same] === needle[same]) {
            same++;
        }
        if (same === needle.length) {
            return at;
        }
    }
    return -1;
}
