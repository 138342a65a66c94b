/* SPDX-License-Identifier: MIT */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { href } from '../../base.ts';
import { listKind, sessionPath } from '../../router.ts';
import * as actions from '../../store/actions.ts';
import * as selection from '../../store/selection.ts';
import { settings } from '../../store/settings.ts';
import type { Counts, MessageSummary, Row, SessionSummary } from '../../types.ts';
import { ago, between, count, duration, moment, size, tlsName } from '../../wire/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { keyOf } from '../../store/rows.ts';
import { outcomeOf } from './outcome.ts';

export function Time({ iso }: { iso: string }): JSX.Element
{
    const now = new Date();
    const relative = ago(iso, now);
    return <time dateTime={iso} title={`${iso} (${relative})`}>{settings.value.relative ? relative : moment(iso, now)}</time>;
}

export function Remarks({ findings }: { findings: Counts }): JSX.Element | null
{
    const kinds = [['error', '✖'], ['warning', '▲'], ['info', 'ℹ']] as const;
    const worst = kinds.find(([kind]) => findings[kind] > 0);
    if (!worst || worst[0] === 'info') {
        return null;
    }
    const number = findings[worst[0]];
    return <span class={`remarks ${worst[0]}`} title={count(number, worst[0])}>{worst[1]}{number}<span class="away"> {worst[0]}</span></span>;
}

function Route({ from, to }: { from: string | null; to: string[] }): JSX.Element
{
    return (
        <span class="route">
            <span class="who">{from || '<>'}</span>
            <span class="arrow" aria-hidden="true">→</span>
            <span class="away"> to </span>
            <span class="who">{to[0] ?? 'nobody'}</span>
            {to.length > 1 && <span class="plus">+{to.length - 1}</span>}
        </span>
    );
}

function MessageCells({ row, path }: { row: MessageSummary; path: string }): JSX.Element
{
    const shown = row.from?.address && row.envelope.from && row.from.address.toLowerCase() !== row.envelope.from.toLowerCase();
    return (
        <>
            <span class="line">
                <span class={`mark ${row.read ? 'read' : 'unread'}`} title={row.read ? 'read' : 'unread'}><span class="away">{row.read ? 'read ' : 'unread '}</span></span>
                <Route from={row.envelope.from} to={row.envelope.to} />
                <Time iso={row.received_at} />
            </span>
            <span class="line second">
                <a class="subject" href={path} tabIndex={-1} dir="auto">{row.subject || '(no subject)'}</a>
                {shown && <span class="author" title={`From: ${row.from?.address}`}>{row.from?.name || row.from?.address}</span>}
                {row.tags.map((tag) => <span key={tag} class="tag">{tag}</span>)}
                {row.attachments ? <span class="clip" title={count(row.attachments, 'attachment')}><Icon name="clip" size={12} />{row.attachments}</span> : null}
                <Remarks findings={row.findings} />
                <span class="size">{size(row.size)}</span>
                {row.session !== null && <a class="session" href={href(sessionPath(row.session))} tabIndex={-1} aria-label={`session s${row.session}`}>s{row.session}</a>}
            </span>
        </>
    );
}

/** What a session's row says in its second line: what was delivered, else the reply or the alert that says why not. */
function reason(row: SessionSummary): string
{
    const { refusal, tls } = row;
    if (row.messages.length > 0) {
        return count(row.messages.length, 'message');
    }
    if (row.outcome === 'tls_failed' && (tls?.['alert'] || tls?.['error'])) {
        return tls['alert'] ? `alert ${String(tls['alert'])}` : String(tls['error']);
    }
    if (refusal && row.outcome !== 'empty') {
        return [refusal.code, refusal.enhanced, refusal.verb && `after ${refusal.verb}`].filter(Boolean).join(' ');
    }
    return row.close_reason === 'total' ? 'the session lasted too long' : outcomeOf(row).says;
}

const slowFrom = 500;

/** How long an open session has lasted, and the way to end it. */
function Lasting({ row }: { row: SessionSummary }): JSX.Element
{
    const [now, setNow] = useState(() => Date.now());
    useEffect(() => {
        const timer = setInterval(() => setNow(Date.now()), 1000);
        return () => clearInterval(timer);
    }, []);
    const lasts = Math.max(0, now - Date.parse(row.opened_at)) * 1000;
    return (
        <>
            <span class="size" aria-hidden="true">{duration(Math.floor(lasts / 1e6) * 1e6)}</span>
            <button type="button" class="link closes" tabIndex={-1} onClick={(event) => {
                event.stopPropagation();
                void actions.closeSession(row.id);
            }}>Close connection</button>
        </>
    );
}

/** Whom a session waited for, as a bar and in words. */
function Waits({ waits }: { waits: NonNullable<SessionSummary['waits']> }): JSX.Element
{
    const shares = [['tls', 'TLS', waits.tls_us], ['client', 'client', waits.client_us], ['server', 'server', waits.server_us]] as const;
    const spent = shares.filter(([, , time]) => time > 0);
    const words = spent.map(([, label, time]) => `${label} ${duration(time)}`).join(', ');
    return (
        <span class="minibar shares" role="img" aria-label={words} title={words}>
            {spent.map(([who, , time]) => <span key={who} class={who} style={{ flexGrow: time }} />)}
        </span>
    );
}

/** How long it took, and of that the longest wait for the client and everybody's share. */
function Lasted({ row }: { row: SessionSummary }): JSX.Element
{
    if (!row.closed_at) {
        return <Lasting row={row} />;
    }
    return (
        <>
            {row.slowest_gap_ms >= slowFrom && <span class="slowest">slowest {duration(row.slowest_gap_ms * 1000)} client</span>}
            {row.waits && <Waits waits={row.waits} />}
            <span class="size">{duration(between(row.opened_at, row.closed_at))}</span>
        </>
    );
}

function SessionCells({ row, path }: { row: SessionSummary; path: string }): JSX.Element
{
    const outcome = outcomeOf(row);
    const { accepted, refused } = row.recipients;
    const to = row.messages.length === 0 ? row.refusal?.recipient : null;
    return (
        <>
            <span class="line">
                <span class={`outcome ${outcome.tone}`} title={outcome.says}><span aria-hidden="true">{outcome.glyph}</span> {outcome.word}</span>
                <span class="route">
                    <span class="who">{row.helo ?? 'no greeting'}</span>
                    {to && <><span class="arrow" aria-hidden="true">→</span><span class="away"> to </span><span class="who">{to}</span></>}
                    <span class="peer">{row.peer}</span>
                </span>
                <Time iso={listKind.value === 'sessions' ? row.opened_at : row.closed_at ?? row.opened_at} />
            </span>
            <span class="line second">
                <a class="subject" href={path} tabIndex={-1}>{reason(row)}</a>
                {refused > 0 && accepted + refused > 1 && <span class="partly" title={`${accepted} of ${accepted + refused} recipients accepted`}>{accepted}/{accepted + refused} rcpt</span>}
                {row.tls?.version && <span class="tag">{tlsName(row.tls)}</span>}
                {row.auth?.user && <span class="tag" title={row.auth.success ? 'logged in' : 'login refused'}>{row.auth.user}</span>}
                <Remarks findings={row.findings} />
                <span class="size octets-moved" title="from the client / to the client">{size(row.bytes_in)} / {size(row.bytes_out)}</span>
                <Lasted row={row} />
                <span class="session">s{row.id}</span>
            </span>
        </>
    );
}

interface RowProps {
    row: Row | undefined;
    index: number;
    children?: ComponentChildren;
}

/** One row of the grid. The click selects; the subject is a real link, so that it opens in a new tab too. */
export function RowView({ row, index }: RowProps): JSX.Element
{
    if (!row) {
        return <div class="row empty" role="row" aria-rowindex={index + 1}><span role="gridcell" class="away">loading</span></div>;
    }
    const key = keyOf(row);
    const ticked = selection.selected.value.has(key) || selection.allMatching.value !== null;
    const click = (event: MouseEvent): void => {
        if (event.target instanceof Element && event.target.closest('a.session, label')) {
            return;
        }
        if (event.shiftKey) {
            event.preventDefault();
            selection.extendTo(index);
        } else if (event.ctrlKey || event.metaKey) {
            if (!(event.target instanceof Element && event.target.closest('a'))) {
                selection.toggle(key);
            }
        } else {
            event.preventDefault();
            selection.openRow(row);
        }
    };
    const classes = [
        'row', row.kind, selection.active.value === key && 'cursor', selection.openKey.value === key && 'open', ticked && 'ticked',
        row.kind === 'message' && !row.read && 'new',
    ];
    const path = href(selection.pathOf(row));
    return (
        <div id={`row-${key}`} class={classes.filter(Boolean).join(' ')} role="row" aria-rowindex={index + 1} aria-selected={ticked} onClick={click}>
            <span role="gridcell" class="tick">
                <label><input type="checkbox" tabIndex={-1} checked={ticked} aria-label={`Select ${key}`} onChange={() => selection.toggle(key)} /></label>
            </span>
            <span role="gridcell" class="what">
                {row.kind === 'message' ? <MessageCells row={row} path={path} /> : <SessionCells row={row} path={path} />}
            </span>
        </div>
    );
}
