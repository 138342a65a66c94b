/* SPDX-License-Identifier: MIT */
// Above the rows: what went wrong and where, and where the time went.
import type { JSX } from 'preact';

import { toText } from '../../wire/bytes.ts';
import { duration, ms } from '../../wire/format.ts';
import { type WireRow, firstRefusal, shares, slowest } from '../../wire/rows.ts';
import type { Transcript } from '../../wire/transcript.ts';
import { tlsCauses, tlsSentence, wordsOf } from '../../wire/words.ts';

const legend = [['tls', 'TLS'], ['client', 'client'], ['server', 'server']] as const;

/** Shorter waits than this read as 0.0 ms. */
const worthSayingUs = 50;

function waitedFor(row: WireRow): string
{
    const time = duration(row.deltaUs);
    if (row.kind === 'tls') {
        return `TLS handshake ${time}`;
    }
    const what = row.verb ?? (row.kind === 'body' ? 'the data' : row.code !== null ? String(row.code) : row.kind);
    return `${row.dir === 's' ? 'server' : 'client'} ${time} before ${what}`;
}

function Refusal({ rows, onGo }: { rows: WireRow[]; onGo: (event: number) => void }): JSX.Element | null
{
    const row = firstRefusal(rows);
    if (!row) {
        return null;
    }
    const asked = rows.find((one) => one.event === row.answers);
    const what = asked ? toText(asked.text).trim().slice(0, 80) : '';
    const others = rows.filter((one) => (one.code ?? 0) >= 400).length - 1;
    return (
        <p class="refusal">
            <span aria-hidden="true">✖</span> Refused: <code>{toText(row.text).split(/\r?\n/)[0]?.slice(0, 120)}</code>
            {what && <> to <code>{asked?.masked ? toText(asked.text.subarray(0, asked.masked.off)) + '…' : what}</code></>} at +{ms(row.tUs)} ms,{' '}
            <button type="button" class="link" onClick={() => onGo(row.event)}>row {row.event}</button>
            {others > 0 && ` and ${others} more`}
            {row.raw.cause && <>. By: {row.raw.cause}</>}
        </p>
    );
}

/** What there is to say where nothing was refused and nothing was kept either. */
function Nothing({ transcript, rows }: { transcript: Transcript; rows: WireRow[] }): JSX.Element | null
{
    const end = rows.find((row) => row.kind === 'close');
    const last = rows.findLast((row) => row.dir === 'c');
    const failed = rows.find((row) => row.kind === 'tls' && tlsCauses(row.raw).length > 0);
    if (failed) {
        return <p class="refusal"><span aria-hidden="true">✖</span> {tlsSentence(failed.raw)}. Likely: {tlsCauses(failed.raw)[0]}</p>;
    }
    if (!end || transcript.messages.length > 0 || firstRefusal(rows)) {
        return null;
    }
    return <p class="refusal none">0 messages stored: {wordsOf(end.raw)}{last ? ` after ${last.kind === 'body' ? 'the data began' : last.verb ?? 'a line'}` : ' before a word'}</p>;
}

export function Strip({ transcript, rows, onGo }: { transcript: Transcript; rows: WireRow[]; onGo: (event: number) => void }): JSX.Element
{
    const sums = shares(rows);
    const whole = Math.max(1, sums.client + sums.server + sums.tls);
    const waits = slowest(rows).filter((row) => row.deltaUs >= worthSayingUs);
    return (
        <div class="strip">
            <Refusal rows={rows} onGo={onGo} />
            <Nothing transcript={transcript} rows={rows} />
            {transcript.session.retired && <p class="callout">The beginning of this session was retired by the limits of this server: {transcript.session.retired.transactions} transactions, {transcript.session.retired.events} events.</p>}
            {!transcript.session.lossless && !transcript.session.retired && <p class="callout">▲ Not every octet of this session was kept: it grew beyond the limit, or secrets were dropped.</p>}
            <div class="timebar">
                <span class="shares" aria-hidden="true">
                    {legend.map(([who]) => sums[who] > 0 && <span key={who} class={who} style={{ flexGrow: sums[who] / whole }} />)}
                </span>
                <span class="sums">{legend.filter(([who]) => sums[who] >= worthSayingUs).map(([who, label]) => <span key={who} class={who}>{label} {duration(sums[who])}</span>)}</span>
                {waits.length > 0 && (
                    <span class="slow">slowest:{' '}
                        {waits.map((row) => <button key={row.event} type="button" class="link" onClick={() => onGo(row.event)}>{waitedFor(row)}</button>)}
                    </span>
                )}
            </div>
        </div>
    );
}
