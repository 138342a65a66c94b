/* SPDX-License-Identifier: MIT */
import { bytes } from '../../api.ts';
import type { Message, Part } from '../../types.ts';

/** The top of the tree. */
export function topParts(message: Message): Part[]
{
    return message.parts === null ? [] : [message.parts];
}

/** Every part, a parent before its children. */
export function allParts(message: Message): Part[]
{
    const found: Part[] = [];
    const walk = (parts: Part[]): void => parts.forEach((part) => {
        found.push(part);
        walk(part.parts);
    });
    walk(topParts(message));
    return found;
}

export const isContainer = (part: Part): boolean => part.parts.length > 0;

/** The octets of a part's own header block. */
export async function partHeader(message: Message, part: Part): Promise<Uint8Array>
{
    const raw = await bytes(`/api/messages/${message.id}/raw`);
    return raw.subarray(part.header_offset, part.header_offset + part.header_size);
}
