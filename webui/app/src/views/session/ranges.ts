/* SPDX-License-Identifier: MIT */
// The rows that the address names: "#e42", "#e42-e50", "#e3,e7-e9".

export type Range = [number, number];

export function readRanges(hash: string): Range[]
{
    const found = hash.split(',').map((part) => /^e(\d+)(?:-e(\d+))?$/.exec(part));
    return found.every((one) => one !== null) ? found.map((one) => [Number(one[1]), Number(one[2] ?? one[1])]) : [];
}

export function writeRanges(ranges: Range[]): string
{
    return ranges.map(([from, to]) => (from === to ? `e${from}` : `e${Math.min(from, to)}-e${Math.max(from, to)}`)).join(',');
}

export const isIn = (ranges: Range[], event: number): boolean => ranges.some(([from, to]) => event >= from && event <= to);

/** With this row, or without it where it is already in. */
export function flip(ranges: Range[], event: number): Range[]
{
    if (!isIn(ranges, event)) {
        return [...ranges, [event, event]];
    }
    return ranges.flatMap(([from, to]): Range[] => {
        if (event < from || event > to) {
            return [[from, to]];
        }
        const rest: Range[] = [[from, event - 1], [event + 1, to]];
        return rest.filter(([first, last]) => first <= last);
    });
}
