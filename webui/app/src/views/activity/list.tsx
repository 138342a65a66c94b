/* SPDX-License-Identifier: MIT */
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

import { Problem } from '../../api.ts';
import { listKind, oldFirst, remember, returned, route } from '../../router.ts';
import * as list from '../../store/list.ts';
import { keyOf } from '../../store/rows.ts';
import * as selection from '../../store/selection.ts';
import { settings } from '../../store/settings.ts';
import { VirtualList, reveal } from '../../ui/virtual-list.tsx';
import { ListBar, titles } from './bar.tsx';
import { RowView } from './row.tsx';

const askEvery = 50;

/** Asks for rows with the first call and the last one of a burst: a debounce would starve while somebody scrolls. */
function throttle(run: (from: number, to: number) => void): (from: number, to: number) => void
{
    let timer = 0;
    let wanted: [number, number] | null = null;
    const tick = (): void => {
        timer = 0;
        if (wanted) {
            const [from, to] = wanted;
            wanted = null;
            timer = window.setTimeout(tick, askEvery);
            run(from, to);
        }
    };
    return (from, to) => {
        wanted = [from, to];
        if (timer === 0) {
            tick();
        }
    };
}

const ensure = throttle((from, to) => {
    const ends = [selection.placeOf(from), selection.placeOf(to)];
    if (oldFirst.value && route.value.q) {
        // Read page by page from the old end: what is asked for next lies behind those that are here.
        list.ensure(from, to);
    } else {
        list.ensure(Math.max(0, Math.min(...ends)), Math.max(...ends));
    }
});
const restsBeforeRemembered = 250;
const pressedLong = 500;
const stillWithin = 10;

/** A finger that rests on a row selects it; the click and the menu that end such a press mean nothing else. */
function useLongPress(): Record<string, (event: PointerEvent) => void>
{
    const press = useRef({ timer: 0, x: 0, y: 0, done: false });
    const stop = (): void => clearTimeout(press.current.timer);
    const start = (event: PointerEvent): void => {
        const key = (event.target as Element).closest('[role=row]')?.id.replace(/^row-/, '');
        stop();
        press.current = { timer: 0, x: event.clientX, y: event.clientY, done: false };
        if (event.pointerType === 'touch' && key) {
            press.current.timer = window.setTimeout(() => {
                press.current.done = true;
                selection.toggle(key);
            }, pressedLong);
        }
    };
    const move = (event: PointerEvent): void => {
        if (Math.hypot(event.clientX - press.current.x, event.clientY - press.current.y) > stillWithin) {
            stop();
        }
    };
    const swallow = (event: Event): void => {
        if (press.current.done) {
            event.preventDefault();
            event.stopPropagation();
            press.current.done = event.type !== 'click';
        }
    };
    return {
        onPointerDown: start, onPointerMove: move, onPointerUp: stop, onPointerCancel: stop, onClickCapture: swallow, onContextMenu: swallow,
    };
}

function Nothing(): JSX.Element
{
    const why = list.problem.value;
    if (why instanceof Problem && why.status === 400) {
        // The search box says what is wrong with the question.
        return <p class="remark">No rows: the search is not complete.</p>;
    }
    if (list.state.value === 'failed') {
        return <p class="remark" role="alert">{why?.message ?? 'The list could not be read.'}</p>;
    }
    if (list.state.value === 'loading') {
        return <p class="remark">Loading…</p>;
    }
    return <p class="remark">{route.value.q ? 'Nothing matches this search.' : 'Nothing here yet.'}</p>;
}

/** Keeps the row that stands at the top of the window where it is while rows arrive above it. */
function useAnchor(scroller: { current: HTMLDivElement | null }, rowHeight: number): { current: boolean }
{
    const first = useRef<{ key: string; index: number } | null>(null);
    const top = useRef(true);
    useLayoutEffect(() => {
        const node = scroller.current;
        const held = first.current;
        if (node && held && !(top.current && settings.value.follow)) {
            const moved = selection.indexOfKey(held.key);
            if (moved >= 0 && moved !== held.index) {
                node.scrollTop += (moved - held.index) * rowHeight;
            }
        }
        const index = Math.floor((node?.scrollTop ?? 0) / rowHeight);
        const row = selection.rowAt(index);
        first.current = row ? { key: keyOf(row), index } : null;
    });
    return top;
}

export function List(): JSX.Element
{
    void list.version.value;
    const scroller = useRef<HTMLDivElement>(null);
    const resting = useRef(0);
    const rowHeight = settings.value.compact ? 28 : 52;
    const top = useAnchor(scroller, rowHeight);
    const count = selection.rowCount();
    const active = selection.indexOfKey(selection.active.value);
    const kind = listKind.value;
    const touch = useLongPress();

    useEffect(() => {
        list.setFollows(() => top.current && settings.value.follow);
    }, []);
    useEffect(() => reveal(scroller.current, active, count, rowHeight), [selection.cursor.value]);
    useEffect(() => {
        if (scroller.current) {
            scroller.current.scrollTop = 0;
        }
    }, [kind, route.value.q, route.value.inbox, oldFirst.value]);
    useEffect(() => {
        if (scroller.current && count > 0 && returned.value.top > 0) {
            scroller.current.scrollTop = returned.value.top * rowHeight;
        }
    }, [returned.value.times, count > 0]);
    useEffect(() => () => clearTimeout(resting.current), []);

    const range = (from: number, to: number, atTop: boolean): void => {
        top.current = atTop;
        clearTimeout(resting.current);
        resting.current = window.setTimeout(() => remember(Math.floor((scroller.current?.scrollTop ?? 0) / rowHeight)), restsBeforeRemembered);
        if (atTop && settings.value.follow && list.fresh.peek() > 0) {
            list.fresh.value = 0;
        }
        ensure(from, to);
    };
    const arrows = (event: KeyboardEvent): void => {
        const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 1);
        const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -count, End: count };
        const step = steps[event.key];
        if (step !== undefined && !event.ctrlKey) {
            event.preventDefault();
            if (!selection.moveCursor(step)) {
                // The row is not here yet: go there, and it comes.
                reveal(scroller.current, Math.min(count - 1, Math.max(0, active + step)), count, rowHeight);
            }
        } else if (event.key === ' ') {
            event.preventDefault();
            if (selection.active.value) {
                selection.toggle(selection.active.value);
            }
        }
    };
    const toTop = (): void => {
        list.fresh.value = 0;
        top.current = true;
        if (scroller.current) {
            scroller.current.scrollTop = 0;
        }
    };
    const activeRow = active >= 0 ? selection.rowAt(active) : undefined;
    return (
        <section class={`list${settings.value.compact ? ' compact' : ''}`} id="list-pane" aria-label={titles[kind]}>
            <ListBar toTop={toTop} />
            {count === 0 && <Nothing />}
            <VirtualList count={count} rowHeight={rowHeight} keep={active} scroller={scroller} onRange={range}
                render={(index) => <RowView row={selection.rowAt(index)} index={index} />}
                attributes={{
                    'id': 'list', 'role': count > 0 ? 'grid' : undefined, 'tabIndex': 0, 'aria-label': titles[kind],
                    'aria-rowcount': count > 0 ? count : undefined, 'aria-multiselectable': count > 0 ? true : undefined,
                    'aria-activedescendant': activeRow ? `row-${keyOf(activeRow)}` : undefined, 'onKeyDown': arrows,
                    'hidden': count === 0, ...touch,
                }} />
        </section>
    );
}
