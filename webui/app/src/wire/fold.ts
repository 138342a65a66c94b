/* SPDX-License-Identifier: MIT */
// What of a transcript's rows is drawn: long replies, pipelined groups, runs of recipients and bodies fold to one line.

import { toText } from './bytes.ts';
import { thousands } from './format.ts';
import { loginSentence } from './login.ts';
import type { WireRow } from './rows.ts';

export interface Drawn {
    row: WireRow;
    /** What can be unfolded here, and whether it is. */
    fold: { key: string; label: string; open: boolean } | null;
}

/** Groups stand unfolded: their key in the set of open ones says that one is shut. */
const shutPrefix = 'shut ';
const foldReplyFrom = 3;
const foldRecipientsFrom = 9;

/** EHLO keywords of a reply, without the greeting line (RFC 5321 section 4.1.1.1). */
export function keywords(row: WireRow): string[]
{
    return toText(row.text).split(/\r?\n/).slice(1).map((line) => line.slice(4)).filter((line) => line !== '');
}

function replyLabel(row: WireRow, byEvent: Map<number, WireRow>): string
{
    const asked = row.answers === null ? undefined : byEvent.get(row.answers);
    if (asked?.verb === 'EHLO') {
        return `${row.code} EHLO reply, ${row.lines} lines: ${keywords(row).join(' ')}`;
    }
    return `${row.code} reply, ${row.lines} lines: ${toText(row.text).split(/\r?\n/)[0]?.slice(4) ?? ''}`;
}

interface Run {
    end: number;
    commands: WireRow[];
    replies: WireRow[];
    /** Replies to earlier commands that stand between them. */
    others: WireRow[];
}

/** The longest run of RCPT commands and their replies that starts at `from`. */
function recipientRun(rows: WireRow[], from: number): Run
{
    const commands: WireRow[] = [];
    const replies: WireRow[] = [];
    const others: WireRow[] = [];
    const asked = new Set<number>();
    let end = from;
    for (; end < rows.length; end++) {
        const row = rows[end] as WireRow;
        if (row.kind === 'client' && row.verb === 'RCPT') {
            commands.push(row);
            asked.add(row.event);
        } else if (row.kind === 'server' && row.answers !== null && asked.has(row.answers)) {
            replies.push(row);
        } else if (!(row.kind === 'server' && row.answers !== null && row.answers < (commands[0]?.event ?? 0))) {
            // Only the reply to the MAIL that shared a read with its recipients may stand between.
            break;
        } else {
            others.push(row);
        }
    }
    return { end, commands, replies, others };
}

function drawRecipients(run: Run, open: ReadonlySet<string>): { drawn: Drawn[]; all: boolean }
{
    const refused = run.replies.filter((reply) => (reply.code ?? 0) >= 400);
    const accepted = run.replies.length - refused.length;
    const first = run.commands[0] as WireRow;
    const key = `rcpt ${first.event}`;
    const isOpen = open.has(key);
    const label = `RCPT × ${thousands(run.commands.length)}: ${thousands(accepted)} accepted, ${thousands(refused.length)} refused`;
    const drawn: Drawn[] = [{ row: first, fold: { key, label, open: isOpen } }];
    if (!isOpen) {
        run.others.forEach((row) => drawn.push({ row, fold: null }));
        const byEvent = new Map(run.commands.map((row) => [row.event, row]));
        for (const reply of refused) {
            const command = byEvent.get(reply.answers ?? -1);
            if (command) {
                drawn.push({ row: command, fold: null });
            }
            drawn.push({ row: reply, fold: null });
        }
    }
    return { drawn, all: isOpen };
}

function drawOne(row: WireRow, open: ReadonlySet<string>, byEvent: Map<number, WireRow>): Drawn
{
    const key = String(row.event);
    if (row.kind === 'server' && row.lines >= foldReplyFrom) {
        return { row, fold: { key, label: replyLabel(row, byEvent), open: open.has(key) } };
    }
    if (row.group?.place === 'start') {
        const shut = `${shutPrefix}${row.event}`;
        return { row, fold: { key: shut, label: `${row.group.size} commands pipelined`, open: !open.has(shut) } };
    }
    if (row.login?.place === 'start' && row.login.size > 2) {
        const shut = `${shutPrefix}${row.event}`;
        return { row, fold: { key: shut, label: `AUTH ${loginSentence(row.login)}, ${row.login.size} rows`, open: !open.has(shut) } };
    }
    if (row.kind === 'body' || row.kind === 'tls') {
        return { row, fold: { key, label: '', open: open.has(key) } };
    }
    if (row.kind === 'client' && row.segments.length > 1) {
        return { row, fold: { key, label: '', open: open.has(key) } };
    }
    return { row, fold: null };
}

/** How many rows go with one that is shut. */
function shutSize(row: WireRow): number
{
    if (row.group?.place === 'start') {
        return row.group.size;
    }
    return row.login?.place === 'start' ? row.login.size : 1;
}

/** The rows to draw, in order, given what the reader has unfolded. */
export function draw(rows: WireRow[], open: ReadonlySet<string>): Drawn[]
{
    const byEvent = new Map(rows.map((row) => [row.event, row]));
    const drawn: Drawn[] = [];
    for (let i = 0; i < rows.length;) {
        const row = rows[i] as WireRow;
        const run = row.kind === 'client' && row.verb === 'RCPT' ? recipientRun(rows, i) : null;
        if (run && run.commands.length >= foldRecipientsFrom) {
            const folded = drawRecipients(run, open);
            drawn.push(...folded.drawn);
            if (folded.all) {
                rows.slice(i, run.end).forEach((one) => drawn.push(drawOne(one, open, byEvent)));
            }
            i = run.end;
        } else {
            drawn.push(drawOne(row, open, byEvent));
            i += open.has(`${shutPrefix}${row.event}`) ? shutSize(row) : 1;
        }
    }
    return drawn;
}

/** The keys with which everything is unfolded, or with which nothing is. */
export function foldKeys(rows: WireRow[], unfolded = true): string[]
{
    return draw(rows, new Set()).flatMap((one) => (one.fold && one.fold.key.startsWith(shutPrefix) !== unfolded ? [one.fold.key] : []));
}

/** The key that must be open for a row to be in sight; null when it always is. */
export function hides(rows: WireRow[], event: number): string | null
{
    if (draw(rows, new Set()).some((one) => one.row.event === event)) {
        return null;
    }
    for (const key of foldKeys(rows)) {
        if (key.startsWith('rcpt ') && draw(rows, new Set([key])).some((one) => one.row.event === event)) {
            return key;
        }
    }
    return null;
}
