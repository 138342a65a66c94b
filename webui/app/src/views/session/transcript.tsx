/* SPDX-License-Identifier: MIT */
import type { JSX } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';

import { transcriptKeys } from '../../keys.ts';
import { go, route } from '../../router.ts';
import { ours } from '../../base.ts';
import { settings } from '../../store/settings.ts';
import { useTranscript } from '../../store/transcript.ts';
import { copyText } from '../../ui/copy.tsx';
import { atOnce } from '../../ui/at-once.ts';
import { Windowed, scrollToRow } from '../../ui/windowed.tsx';
import { type Drawn, draw, foldKeys, hides } from '../../wire/fold.ts';
import { type WireRow, rowsOf } from '../../wire/rows.ts';
import { duration } from '../../wire/format.ts';
import { BodyDetail, streamAtOnce } from './body.tsx';
import { Comparison } from './compare.tsx';
import { Hex } from './hex.tsx';
import { Minimap } from './minimap.tsx';
import { type Range, flip as flipRange, isIn, readRanges, writeRanges } from './ranges.ts';
import { type RowContext, TranscriptRow, offeredBefore } from './row.tsx';
import { Strip } from './strip.tsx';
import { TlsDetail } from './tls.tsx';
import { type Mode, Toolbar, type Filter, passes } from './toolbar.tsx';

const plainUpTo = 1000;
const lineHeight = 24;
const detailHeight = 360;

interface TranscriptProps {
    id: number;
    /** The message from which the reader came: other transactions are dimmed. */
    message: number | null;
    live: boolean;
}

function choose(ranges: Range[]): void
{
    const hash = writeRanges(ranges.map(([from, to]) => [Math.floor(from), Math.floor(to)]));
    go(ours(location.pathname) + location.search + (hash && `#${hash}`), true);
}

function Waiting({ rows }: { rows: WireRow[] }): JSX.Element
{
    const [now, setNow] = useState(() => performance.now());
    const since = useRef(performance.now());
    const last = rows.at(-1)?.event;
    useEffect(() => {
        since.current = performance.now();
        const timer = setInterval(() => setNow(performance.now()), 200);
        return () => clearInterval(timer);
    }, [last]);
    const waited = Math.max(0, now - since.current) * 1000;
    return <p class="waiting"><span class="pulse" aria-hidden="true">●</span> waiting for client <span aria-hidden="true">{duration(waited)}</span></p>;
}

function useFolds(rows: WireRow[], id: number): { open: ReadonlySet<string>; flip: (key: string) => void; all: (on: boolean) => void; show: (event: number) => void }
{
    const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
    useEffect(() => setOpen(new Set()), [id]);
    const flip = useCallback((key: string): void => setOpen((now) => {
        const next = new Set(now);
        if (!next.delete(key)) {
            next.add(key);
        }
        return next;
    }), []);
    const all = (on: boolean): void => setOpen(new Set(foldKeys(rows, on)));
    const show = (event: number): void => {
        const key = hides(rows, event);
        const group = rows.find((row) => row.event === event)?.group?.first;
        setOpen((now) => {
            const next = new Set(key === null ? now : [...now, key]);
            next.delete(`shut ${group}`);
            return next;
        });
    };
    return { open, flip, all, show };
}

/** The height that a row will have in the windowed form: known, not measured. */
function heightOf(one: Drawn | undefined): number
{
    if (!one) {
        return lineHeight;
    }
    const detail = one.fold?.open && (one.row.kind === 'body' || one.row.kind === 'tls') ? detailHeight : 0;
    const lines = one.row.kind === 'server' && one.fold?.open ? one.row.lines : 1;
    return lines * lineHeight + detail;
}

interface RowsProps extends TranscriptProps {
    rows: WireRow[];
    mode: Mode;
    filter: Filter;
    revealed: boolean;
    openedAt: string;
    onReveal: (event: number) => void;
}

/** Keeps the end of an open session in sight, as long as the reader stays there. */
function useFollowing(scroller: { current: HTMLElement | null }, count: number, on: boolean): void
{
    const atEnd = useRef(true);
    useEffect(() => {
        const node = scroller.current;
        const scrolled = (): void => {
            atEnd.current = node !== null && node.scrollTop + node.clientHeight >= node.scrollHeight - 2 * lineHeight;
        };
        node?.addEventListener('scroll', scrolled, { passive: true });
        return () => node?.removeEventListener('scroll', scrolled);
    }, []);
    useEffect(() => {
        if (on && settings.value.follow && atEnd.current && scroller.current) {
            scroller.current.scrollTop = scroller.current.scrollHeight;
        }
    }, [count, on, settings.value.follow]);
}

/** Lights the other half of the command or the reply under the mouse: a class on what is drawn, for a mouse that
    crosses a hundred rows while somebody scrolls must not draw them all anew. */
function usePairs(rows: WireRow[]): (event: MouseEvent) => void
{
    const lit = useRef<{ at: number; mate: Element | null }>({ at: -1, mate: null });
    return (event) => {
        const under = event.type === 'mouseover' && event.target instanceof Element ? event.target.closest<HTMLElement>('.trow[data-event]') : null;
        const at = Number(under?.dataset.event ?? -1);
        if (at !== lit.current.at) {
            const mate = rows.find((one) => one.event === at)?.answers ?? rows.find((one) => one.answers === at)?.event;
            lit.current.mate?.classList.remove('lit');
            lit.current = { at, mate: document.getElementById(`e${mate}`) };
            lit.current.mate?.classList.add('lit');
        }
    };
}

/** Paper shows all rows, unfolded: the browser says when it is about to print. */
function usePrinting(unfold: () => void): boolean
{
    const [printing, setPrinting] = useState(false);
    useEffect(() => {
        const before = (): void => atOnce(() => {
            unfold();
            setPrinting(true);
        });
        const after = (): void => setPrinting(false);
        window.addEventListener('beforeprint', before);
        window.addEventListener('afterprint', after);
        return () => {
            window.removeEventListener('beforeprint', before);
            window.removeEventListener('afterprint', after);
        };
    });
    return printing;
}

function Rows(props: RowsProps): JSX.Element
{
    const { rows, id } = props;
    const scroller = useRef<HTMLDivElement>(null);
    const light = usePairs(rows);
    const folds = useFolds(rows, id);
    const drawn = useMemo(() => draw(rows, folds.open).filter((one) => passes(one.row, props.filter)), [rows, folds.open, props.filter]);
    const ranges = readRanges(route.value.hash);
    const range = ranges[0] ?? null;
    const stream = useRef<Uint8Array | null>(null);
    const printing = usePrinting(() => {
        stream.current = streamAtOnce(id, rows, props.revealed);
        folds.all(true);
    });
    const [room, setRoom] = useState(0);
    useEffect(() => setRoom(scroller.current?.clientHeight ?? 0), [drawn.length]);
    const plain = printing ? Infinity : plainUpTo;
    const mine = props.message === null ? null : rows.find((row) => row.raw.message === props.message)?.transaction ?? null;
    const spanUs = rows.at(-1)?.tUs ?? 0;
    const height = useCallback((index: number) => heightOf(drawn[index]), [drawn]);
    const byEvent = useMemo(() => new Map(rows.map((row, i) => [row.event, i])), [rows]);
    useFollowing(scroller, drawn.length, props.live && ranges.length === 0);

    const reveal = (event: number): void => {
        folds.show(event);
        choose([[event, event]]);
    };
    useEffect(() => {
        const wanted = range?.[0] ?? (mine === null ? null : rows.find((row) => row.transaction === mine)?.event ?? null);
        const index = drawn.findIndex((one) => one.row.event === wanted);
        const node = scroller.current;
        if (index < 0 || !node) {
            return;
        }
        if (drawn.length > plainUpTo) {
            scrollToRow(node, index, drawn.length, height);
        } else {
            document.getElementById(`e${wanted}`)?.scrollIntoView({ block: 'nearest' });
        }
    }, [range?.[0], mine, rows.length === 0]);

    const step = (by: number): void => {
        const at = drawn.findIndex((one) => one.row.event === (ranges.at(-1)?.[1] ?? 0));
        const next = drawn[Math.min(drawn.length - 1, Math.max(0, at + by))];
        if (next) {
            choose([[next.row.event, next.row.event]]);
        }
    };
    const nextRemark = (by: number): void => {
        const places = rows.filter((row) => row.remarks.length > 0).map((row) => row.event);
        const at = range?.[0] ?? 0;
        const next = by > 0 ? places.find((event) => event > at) ?? places[0] : places.findLast((event) => event < at) ?? places.at(-1);
        if (next !== undefined) {
            reveal(next);
        }
    };
    useEffect(() => {
        Object.assign(transcriptKeys, {
            fold: () => {
                const one = drawn.find((other) => other.row.event === range?.[0]);
                if (one?.fold) {
                    folds.flip(one.fold.key);
                }
            },
            expand: () => folds.all(true), collapse: () => folds.all(false),
            next: () => nextRemark(1), previous: () => nextRemark(-1),
            copy: () => void copyText(location.href, 'Link copied'),
            copyAs: () => document.querySelector<HTMLElement>('.conversation button[title="Copy as"]')?.click(),
        });
        return () => Object.assign(transcriptKeys, { fold: null, expand: null, collapse: null, next: null, previous: null, copy: null, copyAs: null });
    });
    const arrows = (event: KeyboardEvent): void => {
        if (event.target === scroller.current && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
            event.preventDefault();
            step(event.key === 'ArrowDown' ? 1 : -1);
        }
    };
    const pick = (event: MouseEvent, row: WireRow): void => {
        const inner = event.target instanceof Element && event.target.closest('a, button, .detailbox') !== null;
        if (inner || (!event.shiftKey && getSelection()?.isCollapsed === false)) {
            return;
        }
        const last = ranges.at(-1);
        if (event.ctrlKey || event.metaKey) {
            choose(flipRange(ranges, row.event));
        } else {
            choose(event.shiftKey && last ? [...ranges.slice(0, -1), [last[0], row.event]] : [[row.event, row.event]]);
        }
    };
    const press = (event: MouseEvent): void => {
        if (event.shiftKey) {
            // A range of rows, not of text.
            event.preventDefault();
        }
    };
    const filtered = props.filter.text !== '' || props.filter.only !== 'all';
    const render = (index: number): JSX.Element => {
        const one = drawn[index] as Drawn;
        const { row } = one;
        const above = drawn[index - 1]?.row;
        const ehlo = row.kind === 'server' && row.code === 250 && row.lines > 2;
        const place = row.kind === 'body' ? (byEvent.get(row.event) ?? 0) - 1 : byEvent.get(row.answers ?? -1) ?? -1;
        const asked = rows[place] ?? null;
        const context: RowContext = {
            controls: settings.value.controls, spanUs, delta: filtered && above ? Math.max(0, row.tUs - above.tUs) : row.deltaUs,
            dimmed: mine !== null && row.transaction >= 0 && row.transaction !== mine,
            chosen: isIn(ranges, row.event), isEhlo: ehlo && asked?.verb === 'EHLO', openedAt: settings.value.absolute ? props.openedAt : null, asked,
            onFold: folds.flip, onChoose: pick, onReveal: props.onReveal, onGo: reveal,
            children: one.fold?.open && row.kind === 'body' ? <BodyDetail session={id} row={row} mode={props.mode} revealed={props.revealed} {...(printing ? { paper: { stream: stream.current } } : {})} />
                : one.fold?.open && row.kind === 'tls' ? <TlsDetail event={row.raw} /> : null,
        };
        return <TranscriptRow key={`${row.event} ${one.fold?.key ?? ''}`} drawn={one} context={context} before={ehlo ? offeredBefore(rows, row) : null} />;
    };
    return (
        <div class="mapped">
        <div class={`transcript${settings.value.wrap ? ' wrap' : ''}${drawn.length > plainUpTo ? ' windowed' : ''}`} role="table" aria-label="Transcript"
            aria-rowcount={drawn.length + 1} tabIndex={0} ref={scroller} onKeyDown={arrows} onMouseDown={press} onMouseOver={light} onMouseLeave={light}>
            <div class="trow head" role="row">
                <span role="columnheader" class="n">#</span>
                <span role="columnheader" class="t">{settings.value.absolute ? 'time' : 't+ms'}</span>
                <span role="columnheader" class="d">Δ ms{filtered ? ' (shown rows)' : ''}</span>
                <span role="columnheader" class="dir"><span class="away">Direction</span></span>
                <span role="columnheader" class="b">bytes</span>
                <span role="columnheader" class="x">
                    text{' '}
                    <button type="button" class="link" title="Unfold all (e)" onClick={() => folds.all(true)}>unfold all</button>{' '}
                    <button type="button" class="link" title="Fold all (c)" onClick={() => folds.all(false)}>fold all</button>
                </span>
                <span role="columnheader" class="w"><span class="away">Waterfall</span></span>
                <span role="columnheader" class="o">notes</span>
            </div>
            <Windowed count={drawn.length} height={height} plainUpTo={plain} scroller={scroller} render={render} />
        </div>
        {!printing && <Minimap drawn={drawn} height={room} onGo={reveal} />}
        </div>
    );
}

export function TranscriptView(props: TranscriptProps): JSX.Element
{
    const { transcript, problem, revealed, isOpen, setRevealed, reveal } = useTranscript(props.id, props.live);
    const [mode, setMode] = useState<Mode>(route.value.params.get('view') === 'wire' ? 'wire' : 'text');
    const [filter, setFilter] = useState<Filter>({ only: 'all', text: '' });
    const rows = useMemo(() => (transcript ? rowsOf(transcript) : []), [transcript]);
    useEffect(() => {
        transcriptKeys.wire = () => setMode((now) => (now === 'wire' ? 'text' : 'wire'));
        return () => {
            transcriptKeys.wire = null;
        };
    }, []);
    if (problem) {
        return <p class="remark" role="alert">{problem}</p>;
    }
    if (!transcript) {
        return <p class="remark" role="status">Loading…</p>;
    }
    const go = (event: number): void => choose([[event, event]]);
    const other = Number(route.value.params.get('compare'));
    return (
        <div class="conversation">
            <Strip transcript={transcript} rows={rows} onGo={go} />
            <Toolbar id={props.id} transcript={transcript} rows={rows} chosen={readRanges(route.value.hash)} mode={mode} setMode={setMode} filter={filter} setFilter={setFilter}
                revealed={isOpen} setRevealed={setRevealed} />
            {other > 0
                ? <Comparison rows={rows} id={props.id} other={other} />
                : mode === 'hex' ? <Hex id={props.id} transcript={transcript} revealed={revealed} />
                : <Rows {...props} rows={rows} mode={mode} filter={filter} revealed={revealed} openedAt={transcript.session.opened_at} onReveal={reveal} />}
            {props.live && <Waiting rows={rows} />}
        </div>
    );
}
