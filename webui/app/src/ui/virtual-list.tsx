/* SPDX-License-Identifier: MIT */
// Draws only the rows in sight of a list of any length. Knows nothing of what a row is.
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Chromium clamps an element at 33,554,428 px: above this height the scroller is scaled. */
const tallest = 26_000_000;
const spare = 4;

export interface VirtualListProps {
    count: number;
    rowHeight: number;
    /** The row that is drawn even when it is scrolled out of sight (the active one), or -1. */
    keep?: number;
    render: (index: number) => ComponentChildren;
    onRange?: (from: number, to: number, top: boolean) => void;
    scroller: { current: HTMLDivElement | null };
    attributes?: Record<string, unknown>;
}

interface Window {
    from: number;
    to: number;
    shift: number;
}

function measure(node: HTMLDivElement, count: number, rowHeight: number): Window
{
    const full = count * rowHeight;
    const room = node.clientHeight || 600;
    const ratio = full > tallest ? (full - room) / (tallest - room) : 1;
    const top = node.scrollTop * ratio;
    const from = Math.max(0, Math.floor(top / rowHeight) - spare);
    const to = Math.min(count, Math.ceil((top + room) / rowHeight) + spare);
    return { from: Math.min(from, Math.max(0, count - 1)), to, shift: node.scrollTop - top };
}

/** Puts row `index` into sight, moving as little as possible. */
export function reveal(node: HTMLDivElement | null, index: number, count: number, rowHeight: number): void
{
    if (!node || index < 0) {
        return;
    }
    const full = count * rowHeight;
    const ratio = full > tallest ? (full - node.clientHeight) / (tallest - node.clientHeight) : 1;
    const top = index * rowHeight;
    const shown = node.scrollTop * ratio;
    if (top < shown) {
        node.scrollTop = top / ratio;
    } else if (top + rowHeight > shown + node.clientHeight) {
        node.scrollTop = (top + rowHeight - node.clientHeight) / ratio;
    }
}

export function VirtualList(props: VirtualListProps): JSX.Element
{
    const { count, rowHeight, scroller } = props;
    const [, redraw] = useState(0);
    const frame = useRef(0);
    const node = scroller.current;
    const view: Window = node ? measure(node, count, rowHeight) : { from: 0, to: Math.min(count, 30), shift: 0 };

    useLayoutEffect(() => {
        const element = scroller.current;
        if (!element) {
            return undefined;
        }
        const watch = new ResizeObserver(() => redraw((n) => n + 1));
        watch.observe(element);
        return () => watch.disconnect();
    }, []);

    useEffect(() => {
        const element = scroller.current;
        if (element) {
            const now = measure(element, count, rowHeight);
            props.onRange?.(now.from, now.to - 1, element.scrollTop <= rowHeight);
        }
    });

    const scrolled = (): void => {
        if (frame.current === 0) {
            frame.current = requestAnimationFrame(() => {
                frame.current = 0;
                redraw((n) => n + 1);
            });
        }
    };

    const shown: number[] = [];
    for (let i = view.from; i < view.to; i++) {
        shown.push(i);
    }
    const keep = props.keep ?? -1;
    if (keep >= 0 && keep < count && (keep < view.from || keep >= view.to)) {
        shown.push(keep);
    }
    return (
        <div ref={scroller} class="scroller" onScroll={scrolled} {...props.attributes}>
            <div class="runway" role="presentation" style={{ height: `${Math.min(count * rowHeight, tallest)}px` }}>
                {shown.map((index) => (
                    <div key={index} class="slot" role="presentation"
                        style={{ transform: `translateY(${index * rowHeight + view.shift}px)`, height: `${rowHeight}px` }}>
                        {props.render(index)}
                    </div>
                ))}
            </div>
        </div>
    );
}
