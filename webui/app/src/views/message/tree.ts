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

/** What holds no others below `part`, in its order. */
export function leaves(part: Part): Part[]
{
    return isContainer(part) ? part.parts.flatMap(leaves) : [part];
}

/** The octets of a part's own header block. */
export async function partHeader(message: Message, part: Part): Promise<Uint8Array>
{
    const { header_offset: from, header_size: length } = part;
    return length > 0 ? bytes(`/api/messages/${message.id}/raw`, [from, from + length]) : new Uint8Array(0);
}
