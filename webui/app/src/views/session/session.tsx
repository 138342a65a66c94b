/* SPDX-License-Identifier: MIT */
import type { JSX } from 'preact';

import { href } from '../../base.ts';
import { messagePath } from '../../router.ts';
import * as actions from '../../store/actions.ts';
import { problem, session } from '../../store/detail.ts';
import type { SessionSummary } from '../../types.ts';
import { Icon } from '../../ui/icon.tsx';
import { between, count, duration, size, tlsName } from '../../wire/format.ts';
import { closingOf } from '../../wire/endings.ts';
import { outcomeOf } from '../activity/outcome.ts';
import { Remarks, Time } from '../activity/row.tsx';
import { Back, Missing, Transcript } from '../message/message.tsx';

function Recipients({ one }: { one: SessionSummary }): JSX.Element | null
{
    const all = (one.transactions ?? []).flatMap((transaction) => transaction.rcpt_to);
    const refused = all.filter((rcpt) => (rcpt.code ?? 0) >= 400).length;
    return all.length > 0 ? <span>{all.length - refused} of {all.length} recipients accepted</span> : null;
}

function SessionBlock({ one }: { one: SessionSummary }): JSX.Element
{
    const outcome = outcomeOf(one);
    const user = one.auth?.user;
    return (
        <header class="block">
            <div class="title">
                <h1 tabIndex={-1} id="title">
                    <span class={`outcome ${outcome.tone}`}><span aria-hidden="true">{outcome.glyph}</span> {outcome.word}</span> {one.helo ?? one.peer}
                </h1>
                <span class="number">s{one.id}</span>
                {one.live
                    ? <button type="button" onClick={() => void actions.closeSession(one.id)}>Close connection</button>
                    : <button type="button" class="quiet" title="Delete (#)" aria-label="Delete" onClick={() => actions.removeRows([`s${one.id}`])}><Icon name="trash" /></button>}
            </div>
            <p class="facts">
                <span>{one.peer} → {one.listener}</span>
                <span>{tlsName(one.tls)}</span>
                {user && <span>auth {user}</span>}
                <Recipients one={one} />
                <span>in {size(one.bytes_in)}, out {size(one.bytes_out)}</span>
                <Time iso={one.opened_at} />
                {one.closed_at && <span>{duration(between(one.opened_at, one.closed_at))}</span>}
                {one.close_reason && <span>{closingOf(one.close_reason)}</span>}
                <Remarks findings={one.findings} />
            </p>
            {one.messages.length > 0
                ? <p class="facts"><span>{count(one.messages.length, 'message')}</span>{one.messages.slice(0, 20).map((id) => <a key={id} href={href(messagePath(id))}>m{id}</a>)}{one.messages.length > 20 ? <span>+{one.messages.length - 20}</span> : null}</p>
                : <p class="facts"><span>{one.live ? 'No message yet.' : `No message was kept: ${outcome.says}.`}</span></p>}
        </header>
    );
}

export function SessionView(): JSX.Element
{
    const one = session.value;
    if (problem.value) {
        return <article class="detail"><Back /><Missing what="session" /></article>;
    }
    if (!one) {
        return <article class="detail" aria-busy="true"><Back /><p class="remark" role="status">Loading…</p></article>;
    }
    return (
        <article class="detail" aria-labelledby="title">
            <Back />
            <SessionBlock one={one} />
            <Transcript key={one.id} id={one.id} message={null} live={one.live} />
        </article>
    );
}
