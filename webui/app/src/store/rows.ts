/* SPDX-License-Identifier: MIT */
// The rows of a list that may be 100,000 long, of which only some are here. Pure: no signal, no request.
import type { ListKind, Row } from '../types.ts';

/** What a list is ordered by: `seq` where kinds mix, the id elsewhere. */
export function orderOf(kind: ListKind, row: Row): number
{
    return kind === 'activity' ? (row.seq ?? Number.MAX_SAFE_INTEGER) : row.id;
}

export const sameRow = (a: Row, b: Row): boolean => a.kind === b.kind && a.id === b.id;

export const keyOf = (row: { kind?: string; id: number }): string => (row.kind === 'session' ? 's' : 'm') + row.id;

/** Newest first. A hole is a row whose page was not asked for yet, or was forgotten. */
export class Rows {
    private slots: (Row | undefined)[] = [];
    private loaded = 0;
    /** The highest order that was ever here: what is above it is new, and its place is the top. */
    private newest = -1;

    constructor(readonly kind: ListKind, private readonly most = 4000)
    {
    }

    get length(): number
    {
        return this.slots.length;
    }

    get here(): number
    {
        return this.loaded;
    }

    at(index: number): Row | undefined
    {
        return this.slots[index];
    }

    /** The number of rows; those beyond it go, holes fill up to it. */
    resize(total: number): void
    {
        while (this.slots.length > total) {
            this.loaded -= this.slots.pop() ? 1 : 0;
        }
        const more = total - this.slots.length;
        if (more > 0) {
            this.slots = this.slots.concat(new Array<undefined>(more).fill(undefined));
        }
    }

    /** Newer rows than all that are here. */
    prepend(page: Row[]): void
    {
        this.slots = [...page, ...this.slots];
        this.loaded += page.length;
        page.forEach((row) => {
            this.newest = Math.max(this.newest, orderOf(this.kind, row));
        });
    }

    /** Puts a page where the server said it belongs. */
    put(start: number, page: Row[]): void
    {
        this.resize(Math.max(this.slots.length, start + page.length));
        page.forEach((row, i) => {
            this.loaded += this.slots[start + i] ? 0 : 1;
            this.slots[start + i] = row;
            this.newest = Math.max(this.newest, orderOf(this.kind, row));
        });
        this.forget(start);
    }

    /** Keeps the page cache small: the rows farthest from `around` become holes. */
    private forget(around: number): void
    {
        for (let low = 0, high = this.slots.length - 1; this.loaded > this.most && low < high;) {
            const index = around - low > high - around ? low++ : high--;
            if (this.slots[index]) {
                this.slots[index] = undefined;
                this.loaded--;
            }
        }
    }

    indexOf(row: { kind: Row['kind']; id: number }): number
    {
        return this.slots.findIndex((one) => one !== undefined && one.kind === row.kind && one.id === row.id);
    }

    /** The place of a row by its order, counting only what is here: the first loaded row that is older. */
    private placeOf(order: number): number
    {
        for (let i = 0; i < this.slots.length; i++) {
            const row = this.slots[i];
            if (row && orderOf(this.kind, row) <= order) {
                return i;
            }
        }
        return this.slots.length;
    }

    /** A new row, or a row that changed. Returns true when it is new. */
    upsert(row: Row): boolean
    {
        const order = orderOf(this.kind, row);
        if (order > this.newest) {
            this.newest = order;
            this.slots.unshift(row);
            this.loaded++;
            this.forget(0);
            return true;
        }
        const index = this.indexOf(row);
        if (index >= 0) {
            this.slots[index] = row;
            return false;
        }
        this.slots.splice(this.placeOf(order), 0, row);
        this.loaded++;
        return true;
    }

    replace(kind: Row['kind'], id: number, change: (row: Row) => Row): void
    {
        const index = this.indexOf({ kind, id });
        const row = this.slots[index];
        if (row) {
            this.slots[index] = change(row);
        }
    }

    each(visit: (row: Row, index: number) => void): void
    {
        this.slots.forEach((row, index) => row && visit(row, index));
    }

    mapAll(change: (row: Row) => Row): void
    {
        this.slots = this.slots.map((row) => row && change(row));
    }

    /** Takes a row out; where it is not here, one hole where it must have been. Returns whether something went. */
    remove(kind: Row['kind'], id: number, order: number | null): boolean
    {
        const index = this.indexOf({ kind, id });
        if (index >= 0) {
            this.slots.splice(index, 1);
            this.loaded--;
            return true;
        }
        if (order === null) {
            return false;
        }
        const hole = this.placeOf(order) - 1;
        if (hole >= 0 && hole < this.slots.length && this.slots[hole] === undefined) {
            this.slots.splice(hole, 1);
            return true;
        }
        return false;
    }
}
