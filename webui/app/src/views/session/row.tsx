/* SPDX-License-Identifier: MIT */
import type { ComponentChildren, JSX } from 'preact';

import { info } from '../../store/info.ts';
import { Visible } from '../../ui/pieces.tsx';
import { fromBase64, toText } from '../../wire/bytes.ts';
import { meaning } from '../../wire/codes.ts';
import { type Drawn, keywords } from '../../wire/fold.ts';
import { clockAt, ms, thousands } from '../../wire/format.ts';
import type { WireRow } from '../../wire/rows.ts';
import { saysOf, tlsCauses, tlsSentence } from '../../wire/words.ts';
import { Keywords } from './keywords.tsx';
import { Notes } from './notes.tsx';

const longest = 998;
/** Verbs of SMTP and LMTP that any server might know (the registry of RFC 5321 and its extensions). */
const verbs = new Set('HELO EHLO LHLO MAIL RCPT DATA BDAT RSET NOOP QUIT VRFY EXPN HELP STARTTLS AUTH ETRN ATRN TURN BURL XCLIENT XFORWARD'.split(' '));
const hints = { s: 'Server', c: 'Client' } as const;

export interface RowContext {
    controls: boolean;
    spanUs: number;
    /** The Δ that is shown: since the row above it, whatever a filter hides. */
    delta: number;
    dimmed: boolean;
    /** The answer to EHLO. */
    isEhlo: boolean;
    /** The time of day when the session opened, for a reader who wants that; null: count from the opening. */
    openedAt: string | null;
    chosen: boolean;
    onFold: (key: string) => void;
    onChoose: (event: MouseEvent, row: WireRow) => void;
    onReveal: (event: number) => void;
    /** The row that this one answers. */
    asked: WireRow | null;
    onGo: (event: number) => void;
    children?: ComponentChildren;
}

function Bytes({ bytes, controls }: { bytes: Uint8Array; controls: boolean }): JSX.Element
{
    const cut = bytes.length > longest ? bytes.subarray(0, longest) : bytes;
    return (
        <>
            <Visible bytes={cut} controls={controls} />
            {cut.length < bytes.length && <span class="muted">… {thousands(bytes.length - cut.length)} more octets</span>}
        </>
    );
}

function Command({ row, controls }: { row: WireRow; controls: boolean }): JSX.Element
{
    const verb = /^\S+/.exec(toText(row.text.subarray(0, 64)))?.[0] ?? '';
    const length = new TextEncoder().encode(verb).length;
    const secret = row.raw.secret;
    return (
        <>
            <b>{verb}</b><Bytes bytes={row.text.subarray(length)} controls={controls} />
            {!verbs.has(verb.toUpperCase()) && <span class="tag warn">unknown verb</span>}
            {secret && <Decoded text={toText(row.text.subarray(secret.off, secret.off + secret.len))} controls={controls} />}
        </>
    );
}

function Reply({ row, controls, before }: { row: WireRow; controls: boolean; before: string[] | null }): JSX.Element
{
    const lines = row.lines > 1 ? splitLines(row.text) : [row.text];
    const said = before === null ? [] : before;
    const now = keywords(row);
    const gone = said.filter((one) => !now.includes(one));
    return (
        <span title={meaning(row.code, row.enhanced)}>
            {lines.map((line, i) => (
                <span key={i} class="replyline">
                    <b class="code">{toText(line.subarray(0, 3))}</b><Bytes bytes={line.subarray(3)} controls={controls} />
                    {before && i > 0 && !said.includes(toText(line.subarray(4)).trim()) && <span class="tag good" title="not offered before">+ new</span>}
                </span>
            ))}
            {gone.length > 0 && <span class="replyline">{gone.map((one) => <span key={one} class="tag warn" title="offered before, not any more">− {one}</span>)}</span>}
        </span>
    );
}

function splitLines(bytes: Uint8Array): Uint8Array[]
{
    const lines: Uint8Array[] = [];
    let from = 0;
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, from)) {
        lines.push(bytes.subarray(from, at + 1));
        from = at + 1;
    }
    if (from < bytes.length) {
        lines.push(bytes.subarray(from));
    }
    return lines;
}

function Secret({ row, onReveal }: { row: WireRow; onReveal: (event: number) => void }): JSX.Element
{
    const kept = !info.value?.drops_secrets;
    return (
        <span class="secret">
            <b>{toText(row.text.subarray(0, row.masked?.off ?? 0))}</b>
            <span aria-hidden="true">{'•'.repeat(Math.min(12, row.masked?.len ?? 0))}</span>
            <span class="muted"> {row.masked?.len} octets hidden </span>
            {kept ? (
                <button type="button" class="link" onClick={(event) => {
                    event.stopPropagation();
                    onReveal(row.event);
                }}>show secret</button>
            ) : <span class="muted">not kept (--drop-secrets)</span>}
        </span>
    );
}

/** What base64 says; null where it is none. */
function decode(text: string): Uint8Array | null
{
    try {
        const octets = fromBase64(text.trim());
        return octets.length > 0 ? octets : null;
    } catch {
        return null;
    }
}

function Decoded({ text, controls }: { text: string; controls: boolean }): JSX.Element | null
{
    const said = decode(text);
    return said && <span class="muted"> = <Visible bytes={said} controls={controls} /></span>;
}

/** The reads in which a line came, when it did not come at once. */
function Pieces({ row }: { row: WireRow }): JSX.Element
{
    return (
        <span class="detailbox">
            {row.segments.map((piece) => <span key={piece[1]} class="replyline">+{ms(piece[3])} ms: {thousands(piece[2])} octets from offset {thousands(piece[1])}</span>)}
        </span>
    );
}

/** A line of a login, and in the clear what its base64 says (RFC 4954 section 4). */
function Sasl({ row, controls }: { row: WireRow; controls: boolean }): JSX.Element
{
    return <><Bytes bytes={row.text} controls={controls} /><Decoded text={toText(row.text)} controls={controls} /></>;
}

/** A chunk of BDAT (RFC 3030): what its command announced, and what came. */
function Chunk({ row, asked }: { row: WireRow; asked: WireRow }): JSX.Element
{
    const [, announced, last] = toText(asked.text).trim().split(/\s+/);
    const short = Number(announced) > row.bytes;
    return (
        <span>
            message data, chunk: {thousands(Number(announced))} octets announced, {thousands(row.bytes)} received{last?.toUpperCase() === 'LAST' && <> · LAST</>}
            {short && <span class="tag warn">cut short</span>}
            {row.raw.deleted && <span class="tag warn">deleted</span>}
        </span>
    );
}

function BodyLine({ row }: { row: WireRow }): JSX.Element
{
    const stored = row.raw.body_len ?? row.bytes;
    const dots = row.raw.dot_count ?? row.raw.dots?.length ?? 0;
    return (
        <span>
            message data: {thousands(row.bytes)} B on the wire · {thousands(stored)} unstuffed
            {dots > 0 && <> · <mark class="dot">{thousands(dots)} stuffed {dots === 1 ? 'dot' : 'dots'}</mark></>}
            {row.raw.deleted && <span class="tag warn">deleted</span>}
            {row.raw.eod && row.raw.eod !== 'canonical' && <span class="tag warn">end: {row.raw.eod}</span>}
        </span>
    );
}

function Text({ drawn, context, before }: { drawn: Drawn; context: RowContext; before: string[] | null }): JSX.Element
{
    const { row, fold } = drawn;
    if (fold?.key.startsWith('rcpt ') || (fold?.key.startsWith('shut ') && !fold.open)) {
        return <span class="folded">{fold.label}</span>;
    }
    if (row.masked) {
        return <Secret row={row} onReveal={context.onReveal} />;
    }
    switch (row.kind) {
        case 'body': return context.asked?.verb === 'BDAT' ? <Chunk row={row} asked={context.asked} /> : <BodyLine row={row} />;
        case 'tls': return <span class="tlsline">{tlsSentence(row.raw)}</span>;
        case 'server':
            if (fold && !fold.open && context.isEhlo) {
                return <Keywords row={row} before={before} />;
            }
            if (fold && !fold.open) {
                return <span class="folded" title={meaning(row.code, row.enhanced)}>{fold.label}</span>;
            }
            return <Reply row={row} controls={context.controls} before={before} />;
        case 'client': return <><Command row={row} controls={context.controls} />{row.segments.length > 1 && fold?.open && !row.group && <Pieces row={row} />}</>;
        case 'sasl': return <Sasl row={row} controls={context.controls} />;
        default: return <span class="says">{saysOf(row)}</span>;
    }
}

function Waterfall({ row, spanUs }: { row: WireRow; spanUs: number }): JSX.Element
{
    const left = spanUs > 0 ? ((row.tUs - row.deltaUs) / spanUs) * 100 : 0;
    const width = spanUs > 0 ? (row.deltaUs / spanUs) * 100 : 0;
    const who = row.kind === 'tls' ? 'tls' : row.dir === 's' ? 'server' : 'client';
    return <span class="track"><span class={`bar ${who}`} style={{ left: `${Math.min(99, left)}%`, width: `${Math.max(1, width)}%` }} /></span>;
}

/** How long we took: from the last octet of what was asked to the first of the answer. */
function thinkTime(row: WireRow, asked: WireRow): string
{
    const heard = asked.segments.at(-1)?.[3] ?? asked.tUs;
    return `server think time ${ms(Math.max(0, row.tUs - heard))} ms: from the last octet of row ${asked.event} received to the first of row ${row.event} queued`;
}

const letterOf = (row: WireRow): string => (row.dir === 's' ? 'S' : row.dir === 'c' ? 'C' : '≡');

function classesOf(drawn: Drawn, context: RowContext): string
{
    const { row } = drawn;
    const names = [
        'trow', row.kind, row.dir === 's' && 'from-server', row.dir === 'c' && 'from-client', row.secure && 'secure',
        row.code !== null && `c${Math.floor(row.code / 100)}`, row.kind === 'tls' && tlsCauses(row.raw).length > 0 && 'broken',
        (row.group ?? (row.login && row.login.size > 2)) && `group ${(row.group ?? row.login)?.place}`, row.answersGroup && 'grouped',
        context.dimmed && 'dimmed', context.chosen && 'chosen',
    ];
    return names.filter(Boolean).join(' ');
}

/** One row of the transcript. `before` holds the keywords of the EHLO reply before TLS, to mark what is new. */
export function TranscriptRow({ drawn, context, before }: { drawn: Drawn; context: RowContext; before: string[] | null }): JSX.Element
{
    const { row, fold } = drawn;
    const think = row.dir === 's' && context.asked ? thinkTime(row, context.asked) : undefined;
    const who = row.dir ? hints[row.dir] : 'Event';
    return (
        <div class={classesOf(drawn, context)} role="row" id={`e${row.event}`} data-event={row.event}
            onClick={(event) => context.onChoose(event, row)}>
            <span role="cell" class="n">{Number.isInteger(row.event) ? row.event : ''}</span>
            <span role="cell" class="t">{context.openedAt ? clockAt(context.openedAt, row.tUs) : ms(row.tUs)}</span>
            <span role="cell" class="d" title={think}>{context.delta > 0 ? ms(context.delta) : ''}</span>
            <span role="cell" class="dir"><span aria-hidden="true">{letterOf(row)}</span><span class="away">{who}</span></span>
            <span role="cell" class="b" title={row.bytes > 0 ? (row.secure ? 'octets of the plain text inside TLS' : 'octets on the wire') : undefined}>{row.bytes > 0 ? thousands(row.bytes) : ''}</span>
            <span role="cell" class="x">
                {fold && (
                    <button type="button" class="fold" aria-expanded={fold.open} aria-label={`${fold.open ? 'Fold' : 'Unfold'} row ${row.event}`}
                        onClick={(event) => {
                            event.stopPropagation();
                            context.onFold(fold.key);
                        }}>{fold.open ? '▾' : '▸'}</button>
                )}
                <Text drawn={drawn} context={context} before={before} />
                {context.children}
            </span>
            <span role="cell" class="w"><Waterfall row={row} spanUs={context.spanUs} /></span>
            <span role="cell" class="o"><Notes row={row} onGo={context.onGo} /></span>
        </div>
    );
}

/** The keywords of the last EHLO reply before `row`, when one was there: those of the first say nothing new. */
export function offeredBefore(rows: WireRow[], row: WireRow): string[] | null
{
    let last: string[] | null = null;
    for (const one of rows) {
        if (one.event >= row.event) {
            break;
        }
        if (one.kind === 'server' && one.lines > 2 && one.code === 250) {
            last = keywords(one);
        }
    }
    return last;
}
