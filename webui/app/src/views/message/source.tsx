/* SPDX-License-Identifier: MIT */
// The message octet for octet, with line numbers and everything invisible drawn.
import type { JSX } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';

import { bytes as fetchBytes } from '../../api.ts';
import { ours } from '../../base.ts';
import { go, route } from '../../router.ts';
import { set, settings } from '../../store/settings.ts';
import type { Message } from '../../types.ts';
import { copyText } from '../../ui/copy.tsx';
import { selectedRange } from '../../ui/offsets.ts';
import { PieceView } from '../../ui/pieces.tsx';
import { Windowed, scrollToRow } from '../../ui/windowed.tsx';
import { find, toText } from '../../wire/bytes.ts';
import { thousands } from '../../wire/format.ts';
import { needle } from '../../wire/hex.ts';
import { type Source, type SourceRow, isStuffed, layout, lineMarks, lineOf, readSource } from '../../wire/source.ts';
import { pieces } from '../../wire/visible.ts';

const lineHeight = 20;
const height = (): number => lineHeight;
const gutter = 84;

interface Target {
    from: number;
    to: number;
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
        <div class="sline fold">
            <span class="lineno" aria-hidden="true" />
            <button type="button" class="link" aria-expanded={open} onClick={() => onFold(row.line)}>
                {open ? '▾' : '▸'} base64, {thousands(block?.encoded ?? 0)} bytes → {thousands(block?.decoded ?? 0)} decoded
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

function useOctets(message: Message, wire: boolean): Source | string | null
{
    const [source, setSource] = useState<Source | string | null>(null);
    useEffect(() => {
        let current = true;
        fetchBytes(`/api/messages/${message.id}/${wire ? 'wire' : 'raw'}`).then(
            (octets) => current && setSource(readSource(octets)),
            (error: Error) => current && setSource(error.message),
        );
        return () => {
            current = false;
        };
    }, [message.id, wire]);
    return source;
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

function Status({ source, node }: { source: Source; node: { current: HTMLElement | null } }): JSX.Element
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
                : `${thousands(source.starts.length)} lines, ${thousands(source.bytes.length)} octets`}
        </span>
    );
}

function Octets({ message, source, wire }: { message: Message; source: Source; wire: boolean }): JSX.Element
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

    const show = useCallback((at: number): void => {
        const index = rows.findIndex((row) => row.kind === 'text' && row.at <= at && at < Math.max(row.end, row.at + 1));
        if (index >= 0 && node.current) {
            scrollToRow(node.current, index, rows.length, height);
        }
    }, [rows]);
    useEffect(() => {
        if (target) {
            const block = source.blocks.find((one) => one.first <= target.from && target.from <= one.last);
            if (block && !open.has(block.first)) {
                setOpen(new Set([...open, block.first]));
            } else {
                show(source.starts[target.from] ?? 0);
            }
        }
    }, [route.value.hash, rows]);
    useEffect(() => {
        if (found) {
            show(found[0]);
        }
    }, [found]);
    const search = (event: Event): void => {
        event.preventDefault();
        const octets = needle(wanted);
        const next = find(source.bytes, octets, found ? found[0] + 1 : 0);
        const at = next < 0 ? find(source.bytes, octets) : next;
        setMissed(at < 0);
        if (at >= 0) {
            const block = source.blocks.find((one) => one.first <= lineOf(source, at) && lineOf(source, at) <= one.last);
            if (block) {
                setOpen(new Set([...open, block.first]));
            }
            setFound([at, at + octets.length]);
        }
    };
    const flip = (line: number): void => setOpen((now) => (now.has(line) ? new Set([...now].filter((one) => one !== line)) : new Set([...now, line])));
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
            <form class="toolbar" onSubmit={search}>
                <input type="search" placeholder="Find: text, or 0d 0a" aria-label="Find in the source" value={wanted} onInput={(event) => {
                    setWanted(event.currentTarget.value);
                    setFound(null);
                }} />
                <button type="submit">Next</button>
                {missed && <span role="status">not found</span>}
                <button type="button" class="quiet" onClick={() => void copyText(toText(source.bytes), 'Source copied')}>Copy all</button>
                <Status source={source} node={node} />
            </form>
            <div class={`octets${wrap ? ' wrap' : ''}`} ref={node} tabIndex={0} role="region" aria-label={`Source of message ${message.id}`} onCopy={copy} onClick={pick}>
                <span class="probe" aria-hidden="true">0123456789</span>
                {!wrap && <><span class="ruler r78" aria-hidden="true" title="78" /><span class="ruler r998" aria-hidden="true" title="998" /></>}
                <Windowed count={rows.length} height={height} plainUpTo={300} scroller={node} render={(index) => {
                    const row = rows[index] as SourceRow;
                    const marked = target !== null && row.line >= target.from && row.line <= target.to;
                    return <Line key={`${row.kind}${row.at}`} row={row} source={source} wire={wire} marked={marked} found={found} onFold={flip} open={open.has(row.line)} />;
                }} />
            </div>
        </>
    );
}

export function SourceView({ message }: { message: Message }): JSX.Element
{
    const [wire, setWire] = useState(false);
    const source = useOctets(message, wire);
    const form = (on: boolean, label: string): JSX.Element => <button type="button" aria-pressed={wire === on} onClick={() => setWire(on)}>{label}</button>;
    return (
        <div class="source">
            <div class="toolbar">
                <span class="group" role="group" aria-label="Form">{form(false, 'Unstuffed')}{message.session !== null && form(true, 'As sent (wire)')}</span>
                <label><input type="checkbox" checked={settings.value.wrap} onChange={() => set({ wrap: !settings.value.wrap })} /> Wrap</label>
                <label><input type="checkbox" checked={settings.value.controls} onChange={() => set({ controls: !settings.value.controls })} /> CR LF</label>
            </div>
            {typeof source === 'string' ? <p class="remark" role="alert">{source}</p>
                : source === null ? <p class="remark" role="status">Loading…</p> : <Octets message={message} source={source} wire={wire} />}
        </div>
    );
}
