/* SPDX-License-Identifier: MIT */
// Like the virtual list, for rows of different but known heights. Draws everything while there are few.
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

interface WindowedProps {
    count: number;
    height: (index: number) => number;
    /** Up to this many rows everything is drawn, so that find-in-page, printing and screen readers see all. */
    plainUpTo: number;
    scroller: { current: HTMLElement | null };
    render: (index: number) => ComponentChildren;
}

const spare = 400;

/** What was drawn last: a row that stays in sight while the reader scrolls is the same element, which costs nothing. */
interface Slots {
    render: WindowedProps['render'];
    offsets: Float64Array | null;
    rows: Map<number, JSX.Element>;
}

/** The y of each row, and behind the last one the whole height. */
function offsetsOf(count: number, height: (index: number) => number): Float64Array
{
    const offsets = new Float64Array(count + 1);
    for (let i = 0; i < count; i++) {
        offsets[i + 1] = (offsets[i] ?? 0) + height(i);
    }
    return offsets;
}

/** The first row that ends below `y`. */
function rowAt(offsets: Float64Array, y: number): number
{
    let low = 0;
    let high = offsets.length - 1;
    while (low < high) {
        const middle = (low + high) >> 1;
        if ((offsets[middle + 1] ?? 0) <= y) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/** Brings row `index` to the middle of the window, for rows that may not be drawn yet. */
export function scrollToRow(scroller: HTMLElement, index: number, count: number, height: (index: number) => number): void
{
    const offsets = offsetsOf(count, height);
    scroller.scrollTop = Math.max(0, (offsets[index] ?? 0) - scroller.clientHeight / 2);
}

export function Windowed({ count, height, plainUpTo, scroller, render }: WindowedProps): JSX.Element
{
    const [, redraw] = useState(0);
    const frame = useRef(0);
    const drawn = useRef<Slots>({ render, offsets: null, rows: new Map() });
    const plain = count <= plainUpTo;
    const offsets = useMemo(() => (plain ? new Float64Array(1) : offsetsOf(count, height)), [plain, count, height]);
    useEffect(() => {
        const node = scroller.current;
        if (plain || !node) {
            return undefined;
        }
        const scrolled = (): void => {
            if (frame.current === 0) {
                frame.current = requestAnimationFrame(() => {
                    frame.current = 0;
                    redraw((n) => n + 1);
                });
            }
        };
        node.addEventListener('scroll', scrolled, { passive: true });
        scrolled();
        return () => node.removeEventListener('scroll', scrolled);
    }, [plain, count]);

    if (plain) {
        return <>{Array.from({ length: count }, (_, i) => render(i))}</>;
    }
    const top = scroller.current?.scrollTop ?? 0;
    const room = scroller.current?.clientHeight ?? 800;
    const from = rowAt(offsets, Math.max(0, top - spare));
    const known = drawn.current.render === render && drawn.current.offsets === offsets ? drawn.current.rows : new Map<number, JSX.Element>();
    const rows = new Map<number, JSX.Element>();
    for (let i = from; i < count && (offsets[i] ?? 0) < top + room + spare; i++) {
        rows.set(i, known.get(i) ?? (
            <div key={i} class="slot" role="presentation" style={{ top: `${offsets[i]}px`, height: `${height(i)}px` }}>{render(i)}</div>
        ));
    }
    drawn.current = { render, offsets, rows };
    return <div class="runway" role="presentation" style={{ height: `${offsets[count] ?? 0}px` }}>{[...rows.values()]}</div>;
}
