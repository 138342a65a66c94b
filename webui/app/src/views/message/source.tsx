/* SPDX-License-Identifier: MIT */
// The message octet for octet, with line numbers and everything invisible drawn.
import type { JSX } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';

import { ours } from '../../base.ts';
import { go, route } from '../../router.ts';
import { type Octets, useOctets } from '../../store/octets.ts';
import { set, settings } from '../../store/settings.ts';
import { complain } from '../../store/toast.ts';
import type { Message } from '../../types.ts';
import { copyText } from '../../ui/copy.tsx';
import { selectedRange } from '../../ui/offsets.ts';
import { PieceView } from '../../ui/pieces.tsx';
import { Windowed, scrollToRow } from '../../ui/windowed.tsx';
import { find, toText } from '../../wire/bytes.ts';
import { size, thousands } from '../../wire/format.ts';
import { needle } from '../../wire/hex.ts';
import { type Source, type SourceRow, isOpen, isStuffed, layout, lineMarks, lineOf, readSource, wholeLines } from '../../wire/source.ts';
import { pieces } from '../../wire/visible.ts';
import { leaves } from './tree.ts';

const lineHeight = 20;
const height = (): number => lineHeight;
const gutter = 84;

interface Target {
    from: number;
    to: number;
}

/** Whether the address points at an octet that is not here yet. */
function pointsBeyond(hash: string, source: Source): boolean
{
    const octet = /^B(\d+)$/.exec(hash);
    return octet !== null && Number(octet[1]) >= source.bytes.length;
}

/** What the address points at: "#L120-L130" lines, "#B4096" an octet. */
function targetOf(hash: string, source: Source): Target | null
{
    const lines = /^L(\d+)(?:-L(\d+))?$/.exec(hash);
    if (lines) {
        return { from: Number(lines[1]) - 1, to: Number(lines[2] ?? lines[1]) - 1 };
    }
    const octet = /^B(\d+)$/.exec(hash);
    const line = octet ? lineOf(source, Number(octet[1])) : -1;
    return line < 0 ? null : { from: line, to: line };
}

interface LineProps {
    row: SourceRow;
    source: Source;
    wire: boolean;
    marked: boolean;
    found: [number, number] | null;
    onFold: (line: number) => void;
    open: boolean;
}

function Fold({ row, onFold, open }: LineProps): JSX.Element
{
    const block = row.block;
    return (
        <div class="sline folded-block">
            <span class="lineno" aria-hidden="true" />
            <button type="button" class="link" aria-expanded={open} onClick={() => onFold(row.line)}>
                {open ? '▾' : '▸'} {block?.type ?? 'base64'}, {thousands(block?.encoded ?? 0)} bytes{block?.decoded != null && ` → ${thousands(block.decoded)} decoded`}
            </button>
        </div>
    );
}

function Line(props: LineProps): JSX.Element
{
    const { row, source, wire, marked, found } = props;
    if (row.kind === 'fold') {
        return <Fold {...props} />;
    }
    const stuffed = wire && !row.goesOn && isStuffed(source, row.line);
    const start = row.at + (stuffed ? 1 : 0);
    const marks = row.goesOn ? [] : lineMarks(source, row.line);
    const hit = found !== null && found[0] < row.end && found[1] > row.at;
    return (
        <div class={`sline${marked ? ' target' : ''}${hit ? ' hit' : ''}`}>
            <a class="lineno" tabIndex={-1} aria-hidden="true" data-line={row.goesOn ? '' : row.line + 1} href={`${location.pathname}${location.search}#L${row.line + 1}`} />
            <span class="code">
                {stuffed && <><mark class="dot" data-stuffed data-at={row.at}>.</mark><span class="pill dotlabel">stuffed</span></>}
                {pieces(source.bytes.subarray(start, row.end)).map((piece) => (
                    <span key={piece.at} data-at={start + piece.at}><PieceView piece={piece} controls={settings.value.controls} /></span>
                ))}
            </span>
            {marks.length > 0 && <span class="marks">▲ {marks.join(', ')}</span>}
        </div>
    );
}

/** The columns that fit, from the width of one character. */
function useColumns(node: { current: HTMLElement | null }, ready: boolean): number
{
    const [columns, setColumns] = useState(100);
    useEffect(() => {
        const element = node.current;
        if (!element) {
            return undefined;
        }
        const measure = (): void => {
            const probe = element.querySelector('.probe')?.getBoundingClientRect().width ?? 0;
            setColumns(Math.max(20, Math.floor((element.clientWidth - gutter - 20) / (probe / 10 || 8)) - 6));
        };
        const watch = new ResizeObserver(measure);
        watch.observe(element);
        measure();
        return () => watch.disconnect();
    }, [ready]);
    return columns;
}

function Status({ source, total, node }: { source: Source; total: number; node: { current: HTMLElement | null } }): JSX.Element
{
    const [range, setRange] = useState<[number, number] | null>(null);
    useEffect(() => {
        const moved = (): void => setRange(node.current ? selectedRange(node.current) : null);
        document.addEventListener('selectionchange', moved);
        return () => document.removeEventListener('selectionchange', moved);
    }, []);
    const line = range ? lineOf(source, range[0]) : 0;
    const column = range ? range[0] - (source.starts[line] ?? 0) + 1 : 0;
    return (
        <span class="muted" data-testid="cursor">
            {range
                ? `line ${line + 1}, column ${column}, offset ${thousands(range[0])}${range[1] > range[0] ? `, ${thousands(range[1] - range[0])} octets selected` : ''}`
                : source.bytes.length < total ? `${size(source.bytes.length)} of ${size(total)} read`
                    : `${thousands(source.starts.length)} lines, ${thousands(source.bytes.length)} octets`}
        </span>
    );
}

/** Rows that are not read yet, as many as the octets that are missing would make. */
function useGhosts(octets: Octets, source: Source, rows: number, node: { current: HTMLElement | null }): { count: number; ask: (index: number) => void }
{
    const asked = useRef(0);
    const here = useRef(0);
    const atEnd = useRef(false);
    if (here.current !== octets.bytes.length) {
        here.current = octets.bytes.length;
        asked.current = 0;
    }
    const shown = source.bytes.length;
    const perRow = Math.max(1, shown / Math.max(1, rows));
    const count = shown < octets.total ? Math.ceil((octets.total - shown) / perRow) : 0;
    useLayoutEffect(() => {
        if (atEnd.current && node.current) {
            // The guess was wrong by some rows: who went to the end is kept there.
            node.current.scrollTop = node.current.scrollHeight;
        }
        atEnd.current = false;
    }, [shown]);
    const ask = (index: number): void => {
        if (index > asked.current) {
            asked.current = index;
            setTimeout(() => {
                const element = node.current;
                atEnd.current ||= element !== null && element.scrollTop + element.clientHeight >= element.scrollHeight - lineHeight;
                octets.want(Math.max(octets.bytes.length + 1, shown + (asked.current - rows + 1) * perRow)).catch((error: unknown) => complain('Could not read on', error));
            });
        }
    };
    return { count, ask };
}

function OctetsView({ message, octets, source, wire }: { message: Message; octets: Octets; source: Source; wire: boolean }): JSX.Element
{
    const node = useRef<HTMLDivElement>(null);
    const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
    const [wanted, setWanted] = useState('');
    const [found, setFound] = useState<[number, number] | null>(null);
    const [missed, setMissed] = useState(false);
    const columns = useColumns(node, true);
    const wrap = settings.value.wrap;
    const rows = useMemo(() => layout(source, wrap ? columns : null, open), [source, wrap, columns, open]);
    const target = targetOf(route.value.hash, source);
    const ghosts = useGhosts(octets, source, rows.length, node);
    const isWhole = source.bytes.length >= octets.total;

    /** What the reader went to last, until he scrolls: rows that come later keep it in sight till then, and no longer. */
    const due = useRef<'target' | 'found' | null>(null);
    const show = useCallback((at: number): void => {
        const index = rows.findIndex((row) => row.kind === 'text' && row.at <= at && at < Math.max(row.end, row.at + 1));
        if (index >= 0 && node.current) {
            scrollToRow(node.current, index, rows.length, height);
        }
    }, [rows]);
    const leave = (): void => {
        due.current = null;
    };
    const hash = useRef('');
    if (hash.current !== route.value.hash) {
        hash.current = route.value.hash;
        due.current = 'target';
    }
    const flip = (line: number): void => setOpen((now) => (now.has(line) ? new Set([...now].filter((one) => one !== line)) : new Set([...now, line])));
    const unfold = (line: number): boolean => {
        const block = source.blocks.find((one) => one.first <= line && line <= one.last);
        if (!block || isOpen(block, open)) {
            return false;
        }
        flip(block.first);
        return true;
    };
    useEffect(() => {
        if (target && due.current === 'target') {
            if (!isWhole && (target.from >= source.starts.length || pointsBeyond(route.value.hash, source))) {
                void octets.want(octets.bytes.length * 2 + 1).catch(() => undefined);
            } else if (!unfold(target.from)) {
                show(source.starts[target.from] ?? 0);
            }
        }
    }, [route.value.hash, rows]);
    useEffect(() => {
        if (found && due.current === 'found' && !unfold(lineOf(source, found[0]))) {
            show(found[0]);
        }
    }, [found, rows]);
    const search = async (event: Event): Promise<void> => {
        event.preventDefault();
        const wantedOctets = needle(wanted);
        const after = found ? found[0] + 1 : 0;
        let here = source.bytes;
        let at = find(here, wantedOctets, after);
        if (at < 0 && !isWhole) {
            here = await octets.want(octets.total).catch(() => here);
            at = find(here, wantedOctets, after);
        }
        at = at < 0 ? find(here, wantedOctets) : at;
        setMissed(at < 0);
        if (at >= 0) {
            due.current = 'found';
            setFound([at, at + wantedOctets.length]);
        }
    };
    const copy = (event: ClipboardEvent): void => {
        const range = node.current ? selectedRange(node.current) : null;
        if (range && range[1] > range[0] && event.clipboardData) {
            // The octets themselves, not the rows that are drawn for them.
            event.preventDefault();
            event.clipboardData.setData('text/plain', toText(source.bytes.subarray(range[0], range[1])));
        }
    };
    const pick = (event: MouseEvent): void => {
        const link = event.target instanceof Element ? event.target.closest<HTMLElement>('a.lineno') : null;
        if (link) {
            event.preventDefault();
            const line = link.dataset.line ?? '';
            const from = event.shiftKey && target ? `L${target.from + 1}-` : '';
            go(`${ours(location.pathname)}${location.search}#${from}L${line}`, true);
        }
    };
    return (
        <>
            <form class="toolbar" onSubmit={(event) => void search(event)}>
                <input type="search" placeholder="Find: text, or 0d 0a" aria-label="Find in the source" value={wanted} onInput={(event) => {
                    setWanted(event.currentTarget.value);
                    setFound(null);
                }} />
                <button type="submit">Next</button>
                {missed && <span role="status">not found</span>}
                <button type="button" class="quiet" onClick={() => void octets.want(octets.total).then((all) => copyText(toText(all), 'Source copied'), (error: unknown) => complain('Could not copy', error))}>Copy all</button>
                <Status source={source} total={octets.total} node={node} />
            </form>
            <div class={`octets${wrap ? ' wrap' : ''}`} ref={node} tabIndex={0} role="region" aria-label={`Source of message ${message.id}`} onCopy={copy} onClick={pick}
                onWheel={leave} onPointerDown={leave} onKeyDown={leave}>
                <span class="probe" aria-hidden="true">0123456789</span>
                {!wrap && <><span class="ruler r78" aria-hidden="true" title="78" /><span class="ruler r998" aria-hidden="true" title="998" /></>}
                <Windowed count={rows.length + ghosts.count} height={height} plainUpTo={300} scroller={node} render={(index) => {
                    const row = rows[index];
                    if (!row) {
                        ghosts.ask(index);
                        return <div key={`ghost ${index}`} class="sline" aria-hidden="true"><span class="lineno" /><span class="muted">…</span></div>;
                    }
                    const marked = target !== null && row.line >= target.from && row.line <= target.to;
                    return <Line key={`${row.kind}${row.at}`} row={row} source={source} wire={wire} marked={marked} found={found} onFold={flip} open={row.block !== null && isOpen(row.block, open)} />;
                }} />
            </div>
        </>
    );
}

export function SourceView({ message }: { message: Message }): JSX.Element
{
    const [wire, setWire] = useState(false);
    const octets = useOctets(message.id, message.size, wire);
    const bodies = useMemo(() => {
        const parts = message.parts ? leaves(message.parts) : [];
        return wire || parts.length < 2 ? [] : parts;
    }, [message.id, wire]);
    const shown = octets === null || typeof octets === 'string' ? null : wholeLines(octets.bytes, octets.total);
    const source = useMemo(() => shown && readSource(shown, bodies), [shown?.length, octets === null, bodies]);
    const form = (on: boolean, label: string): JSX.Element => <button type="button" aria-pressed={wire === on} onClick={() => setWire(on)}>{label}</button>;
    return (
        <div class="source">
            <div class="toolbar">
                <span class="group" role="group" aria-label="Form">{form(false, 'Unstuffed')}{message.session !== null && form(true, 'As sent (wire)')}</span>
                <label><input type="checkbox" checked={settings.value.wrap} onChange={() => set({ wrap: !settings.value.wrap })} /> Wrap</label>
                <label><input type="checkbox" checked={settings.value.controls} onChange={() => set({ controls: !settings.value.controls })} /> CR LF</label>
            </div>
            {typeof octets === 'string' ? <p class="remark" role="alert">{octets}</p>
                : octets === null || source === null ? <p class="remark" role="status">Loading…</p>
                : <OctetsView message={message} octets={octets} source={source} wire={wire} />}
        </div>
    );
}
