/* SPDX-License-Identifier: MIT */
import type { Message, Part } from '../../types.ts';

/** The top of the tree: one part, whether the server wraps it in a list or not. */
export function topParts(message: Message): Part[]
{
    const { parts } = message;
    return parts === null ? [] : Array.isArray(parts) ? parts : [parts];
}

/** Every part, a parent before its children. */
export function allParts(message: Message): Part[]
{
    const found: Part[] = [];
    const walk = (parts: Part[]): void => parts.forEach((part) => {
        found.push(part);
        walk(part.parts ?? []);
    });
    walk(topParts(message));
    return found;
}

export const isContainer = (part: Part): boolean => (part.parts ?? []).length > 0;
