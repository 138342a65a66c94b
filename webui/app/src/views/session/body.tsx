/* SPDX-License-Identifier: MIT */
// A message's octets inside the transcript: the first and the last lines, as sent or without the stuffed dots.
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';

import { bytes as fetchBytes } from '../../api.ts';
import { href } from '../../base.ts';
import { messagePath } from '../../router.ts';
import { settings } from '../../store/settings.ts';
import { Visible } from '../../ui/pieces.tsx';
import { count, size, thousands } from '../../wire/format.ts';
import type { WireRow } from '../../wire/rows.ts';
import { type Source, isStuffed, readSource } from '../../wire/source.ts';
import type { Mode } from './toolbar.tsx';

const shownWhole = 40;
const shownEnds = 20;
const printedLines = 200;
const printedBytes = 8_000_000;

/** The octets of the body as they crossed the wire, cut from the client's stream. */
async function wireBytes(session: number, row: WireRow, revealed: boolean): Promise<Uint8Array>
{
    const stream = await fetchBytes(`/api/sessions/${session}/transcript?format=raw&dir=c${revealed ? '&reveal=1' : ''}`);
    return stream.subarray(row.off, row.off + row.bytes);
}

/**
 * Everything that the client sent, for paper, which does not wait: the browser lays the page out as soon as `beforeprint`
 * returns, so this one request is a synchronous one. Null where it is too long to print, or was not answered.
 */
export function streamAtOnce(session: number, rows: WireRow[], revealed: boolean): Uint8Array | null
{
    const bodies = rows.filter((row) => row.kind === 'body');
    if (bodies.length === 0 || rows.reduce((sum, row) => sum + (row.dir === 'c' ? row.bytes : 0), 0) > printedBytes) {
        return null;
    }
    const request = new XMLHttpRequest();
    request.open('GET', href(`/api/sessions/${session}/transcript?format=raw&dir=c${revealed ? '&reveal=1' : ''}`), false);
    // The one charset that gives each octet a character of its own.
    request.overrideMimeType('text/plain; charset=x-user-defined');
    try {
        request.send();
    } catch {
        return null;
    }
    return request.status === 200 ? Uint8Array.from(request.responseText, (char) => char.charCodeAt(0) & 0xff) : null;
}

/** What is left when the stuffed dots and the final dot line are taken away. */
function stuffedLines(source: Source, isBdat: boolean): Set<number>
{
    const lines = new Set<number>();
    for (let line = 0; line < source.starts.length && !isBdat; line++) {
        if (isStuffed(source, line)) {
            lines.add(line);
        }
    }
    return lines;
}

interface LinesProps {
    source: Source;
    from: number;
    to: number;
    stuffed: ReadonlySet<number>;
    mode: Mode;
}

function Lines({ source, from, to, stuffed, mode }: LinesProps): JSX.Element
{
    const lines = [];
    for (let line = from; line < to; line++) {
        const start = source.starts[line] ?? 0;
        const dot = stuffed.has(line);
        const end = source.starts[line + 1] ?? source.bytes.length;
        lines.push(
            <div key={line} class="bodyline">
                {dot && mode === 'wire' && <><mark class="dot" data-stuffed>.</mark><span class="pill dotlabel">stuffed</span></>}
                <Visible bytes={source.bytes.subarray(start + (dot ? 1 : 0), end)} controls={settings.value.controls} />
            </div>,
        );
    }
    return <>{lines}</>;
}

interface BodyProps {
    session: number;
    row: WireRow;
    mode: Mode;
    revealed: boolean;
    /** On paper: what streamAtOnce() gave. */
    paper?: { stream: Uint8Array | null };
}

export function BodyDetail({ session, row, mode, revealed, paper }: BodyProps): JSX.Element
{
    const [read, setSource] = useState<Source | null>(null);
    const printed = useMemo(() => paper?.stream && readSource(paper.stream.subarray(row.off, row.off + row.bytes)), [paper?.stream, row.off, row.bytes]);
    const source = paper ? printed : read;
    const [problem, setProblem] = useState('');
    useEffect(() => {
        let current = true;
        if (paper) {
            return undefined;
        }
        wireBytes(session, row, revealed).then(
            (octets) => current && setSource(readSource(octets)),
            (error: Error) => current && setProblem(error.message),
        );
        return () => {
            current = false;
        };
    }, [session, row.off, row.bytes, paper === undefined]);
    if (paper && !source) {
        return <div class="detailbox"><p class="remark">Not printed: more than {size(printedBytes)}. The message itself has it.</p></div>;
    }
    if (problem || !source) {
        return <div class={`detailbox${problem ? '' : ' awaited'}`}><p class="remark" role="status">{problem || 'Loading…'}</p></div>;
    }
    const isBdat = row.raw.eod === 'bdat' || row.raw.eod === undefined || row.raw.eod === null;
    const stuffed = stuffedLines(source, isBdat && (row.raw.dots?.length ?? 0) === 0);
    const ends = !isBdat && mode !== 'wire' ? source.starts.length - 1 : source.starts.length;
    const whole = paper !== undefined || ends <= shownWhole;
    const last = paper ? Math.min(ends, printedLines) : ends;
    const id = row.raw.message;
    return (
        <div class="detailbox body" role="region" aria-label="Message data">
            <Lines source={source} from={0} to={whole ? last : shownEnds} stuffed={stuffed} mode={mode} />
            {last < ends && <p class="remark">… {count(ends - last, 'line')} more, not printed</p>}
            {!whole && <p class="remark">… {count(ends - 2 * shownEnds, 'line')} more{id ? <>, <a href={href(messagePath(id, 'source'))}>open in Source</a></> : null} …</p>}
            {!whole && <Lines source={source} from={ends - shownEnds} to={ends} stuffed={stuffed} mode={mode} />}
            <p class="muted">{mode === 'wire' ? 'as sent' : 'without the stuffed dots and the final dot'} · {thousands(row.bytes)} octets on the wire</p>
        </div>
    );
}
