/* SPDX-License-Identifier: MIT */
// Both directions as octets, sixteen in a line, in the order of the wire.
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

import { bytes as fetchBytes } from '../../api.ts';
import { Windowed, scrollToRow } from '../../ui/windowed.tsx';
import { type HexLine, findIn, hexLines, needle, printable, stuffedDots } from '../../wire/hex.ts';
import type { Transcript } from '../../wire/transcript.ts';

const lineHeight = 20;
const height = (): number => lineHeight;

type Streams = { c: Uint8Array; s: Uint8Array };

function useStreams(id: number, revealed: boolean, chunks: number): Streams | string | null
{
    const [streams, setStreams] = useState<Streams | string | null>(null);
    useEffect(() => {
        let current = true;
        const read = (dir: string): Promise<Uint8Array> => fetchBytes(`/api/sessions/${id}/transcript?format=raw&dir=${dir}${revealed ? '&reveal=1' : ''}`);
        Promise.all([read('c'), read('s')]).then(
            ([c, s]) => current && setStreams({ c, s }),
            (error: Error) => current && setStreams(error.message),
        );
        return () => {
            current = false;
        };
    }, [id, revealed, chunks]);
    return streams;
}

interface Mark {
    dir: 'c' | 's';
    from: number;
    to: number;
}

function Line({ line, octets, dots, mark, onMark }: { line: HexLine; octets: Uint8Array; dots: ReadonlySet<number>; mark: Mark | null; onMark: (at: number, extend: boolean) => void }): JSX.Element
{
    const cells = Array.from(octets, (octet, i) => {
        const at = line.off + i;
        const on = mark !== null && mark.dir === line.dir && at >= mark.from && at < mark.to;
        const tint = dots.has(at) && line.dir === 'c' ? ' dot' : octet === 13 || octet === 10 ? ' eol' : '';
        return { octet, at, name: (on ? 'on' : '') + tint };
    });
    return (
        <div class={`hexline ${line.dir === 'c' ? 'from-client' : 'from-server'}`}>
            <span class="dir">{line.dir === 'c' ? 'C' : 'S'}</span>
            <span class="off">{line.off.toString(16).padStart(6, '0')}</span>
            <span class="row16">{cells.map((cell) => <span key={cell.at} class={cell.name} onMouseDown={(event) => onMark(cell.at, event.shiftKey)} onMouseEnter={(event) => event.buttons === 1 && onMark(cell.at, true)}>{cell.octet.toString(16).padStart(2, '0')}</span>)}</span>
            <span class="ascii">{cells.map((cell) => <span key={cell.at} class={cell.name}>{printable(cell.octet)}</span>)}</span>
        </div>
    );
}

export function Hex({ id, transcript, revealed }: { id: number; transcript: Transcript; revealed: boolean }): JSX.Element
{
    const streams = useStreams(id, revealed, transcript.chunks.length);
    const scroller = useRef<HTMLDivElement>(null);
    const [mark, setMark] = useState<Mark | null>(null);
    const [wanted, setWanted] = useState('');
    const [missed, setMissed] = useState(false);
    const lines = useMemo(() => hexLines(transcript.chunks), [transcript]);
    const dots = useMemo(() => stuffedDots(transcript.events), [transcript]);
    if (streams === null || typeof streams === 'string') {
        return <p class="remark" role="status">{streams ?? 'Loading…'}</p>;
    }
    const marking = (line: HexLine) => (at: number, extend: boolean): void => {
        const from = extend && mark?.dir === line.dir ? Math.min(mark.from, at) : at;
        const to = extend && mark?.dir === line.dir ? Math.max(mark.to, at + 1) : at + 1;
        setMark({ dir: line.dir, from, to });
    };
    const search = (event: Event): void => {
        event.preventDefault();
        const found = findIn(lines, streams, needle(wanted), mark);
        setMissed(found === null);
        if (found && scroller.current) {
            setMark(found.mark);
            scrollToRow(scroller.current, found.line, lines.length, height);
        }
    };
    return (
        <div class="hexview">
            <form class="toolbar" onSubmit={search}>
                <input type="search" aria-label="Find text or hex octets" placeholder="Find: text, or 0d 0a" value={wanted} onInput={(event) => setWanted(event.currentTarget.value)} />
                <button type="submit">Next</button>
                <span class="muted" role="status" data-testid="hex-selection">
                    {missed ? 'not found' : mark ? `${mark.dir.toUpperCase()} offset ${mark.from}, ${mark.to - mark.from} octets` : ''}
                </span>
            </form>
            <div class="hex" ref={scroller} tabIndex={0} role="region" aria-label="Octets of the session">
                <Windowed count={lines.length} height={height} plainUpTo={0} scroller={scroller} render={(index) => {
                    const line = lines[index] as HexLine;
                    return <Line key={index} line={line} octets={streams[line.dir].subarray(line.off, line.off + line.len)} dots={dots} mark={mark} onMark={marking(line)} />;
                }} />
            </div>
        </div>
    );
}
