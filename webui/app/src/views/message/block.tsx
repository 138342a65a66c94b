/* SPDX-License-Identifier: MIT */
// The head of a message: what its header says, what the envelope said, and where the two differ.
import type { ComponentChildren, JSX } from 'preact';

import { href } from '../../base.ts';
import { listPath, sessionPath } from '../../router.ts';
import * as actions from '../../store/actions.ts';
import { session } from '../../store/detail.ts';
import type { Mailbox, Message } from '../../types.ts';
import { CopyButton } from '../../ui/copy.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Menu } from '../../ui/menu.tsx';
import { between, count, duration, size, tlsName } from '../../wire/format.ts';
import { Remarks, Time } from '../activity/row.tsx';
import { exportItems } from './exports.ts';

function Address({ one, field }: { one: Mailbox; field: string }): JSX.Element
{
    return (
        <span class="mailbox">
            {one.name && <><bdi>{one.name}</bdi> </>}
            <a href={href(listPath('messages', `${field}:${one.address}`))} title={`Search ${field}:${one.address}`}>{one.address}</a>
            <CopyButton text={one.address} label={`Copy ${one.address}`} />
        </span>
    );
}

/** An address of the envelope: what it finds is searched there, not in the header. */
function Path({ address, field, children }: { address: string; field: 'mailfrom' | 'rcpt'; children?: ComponentChildren }): JSX.Element
{
    const q = `${field}:${address}`;
    return address === '' ? <>{children}</> : <a href={href(listPath('messages', q))} title={`Search ${q}`}>{children ?? address}</a>;
}

function Line({ name, children }: { name: string; children: ComponentChildren }): JSX.Element
{
    return <div class="field"><dt>{name}</dt><dd>{children}</dd></div>;
}

const few = 5;

function Addresses({ all, field }: { all: Mailbox[]; field: string }): JSX.Element
{
    const shown = all.slice(0, few);
    const rest = all.slice(few);
    return (
        <>
            {shown.map((one, i) => <Address key={i} one={one} field={field} />)}
            {rest.length > 0 && (
                <details class="inline"><summary>+{rest.length}</summary>{rest.map((one, i) => <Address key={i} one={one} field={field} />)}</details>
            )}
        </>
    );
}

/** Recipients of the envelope that the header does not name. */
export function hiddenRecipients(message: Message): string[]
{
    const named = new Set([...message.to, ...message.cc].map((one) => one.address.toLowerCase()));
    return message.envelope.to.filter((one) => !named.has(one.toLowerCase()));
}

function Facts({ message }: { message: Message }): JSX.Element
{
    const one = session.value?.id === message.session ? session.value : null;
    const user = one?.auth?.user;
    return (
        <p class="facts">
            {message.session !== null && <a href={href(sessionPath(message.session))}>s{message.session}</a>}
            {one && <span>{tlsName(one.tls)}</span>}
            {user && <span>auth {user}</span>}
            {one?.helo && <span>{one.helo}</span>}
            {one?.closed_at && <span>{duration(between(one.opened_at, one.closed_at))}</span>}
            <span>{size(message.size)}</span>
            <Time iso={message.received_at} />
            <Remarks findings={message.findings} />
        </p>
    );
}

function Envelope({ message }: { message: Message }): JSX.Element
{
    const { from, to } = message.envelope;
    const differs = from && message.from && from.toLowerCase() !== message.from.address.toLowerCase();
    return (
        <span class="envelope">
            <code>MAIL FROM:&lt;<Path address={from ?? ''} field="mailfrom" />&gt;</code>
            {differs && <span class="differs" title="The envelope sender is not the header's From"> ≠ From</span>}
            {' '}<code>RCPT TO:&lt;<Path address={to[0] ?? ''} field="rcpt" />&gt;</code>
            {to.length > 1 && (
                <details class="inline"><summary>+{to.length - 1}</summary>{to.slice(1).map((one) => <code key={one}>&lt;<Path address={one} field="rcpt" />&gt; </code>)}</details>
            )}
        </span>
    );
}

export function MessageBlock({ message }: { message: Message }): JSX.Element
{
    const header = (name: string): string | undefined => message.headers.find((one) => one.name.toLowerCase() === name)?.value;
    const hidden = hiddenRecipients(message);
    const reply = header('reply-to');
    const date = header('date');
    return (
        <header class="block">
            <div class="title">
                <h1 tabIndex={-1} id="title" dir="auto">{message.subject || '(no subject)'}</h1>
                <span class="number">m{message.id}</span>
                <button type="button" class="quiet" title="Tags (t)" aria-label="Tags" onClick={actions.startTagging}><Icon name="tag" /></button>
                <button type="button" class="quiet" title="Delete (#)" aria-label="Delete" onClick={() => actions.removeRows([`m${message.id}`])}><Icon name="trash" /></button>
                <Menu label={<Icon name="download" />} name="Download" items={exportItems(message)} />
            </div>
            <dl class="fields">
                <Line name="From">{message.from ? <Address one={message.from} field="from" /> : <em>no From field</em>}</Line>
                <Line name="To">{message.to.length > 0 ? <Addresses all={message.to} field="to" /> : <em>no To field</em>}</Line>
                {message.cc.length > 0 && <Line name="Cc"><Addresses all={message.cc} field="cc" /></Line>}
                {hidden.length > 0 && <Line name="Bcc"><span title="Recipients of the envelope that neither To nor Cc names">{hidden.slice(0, few).map((one, i) => <span key={one}>{i > 0 && ', '}<Path address={one} field="rcpt" /></span>)}{hidden.length > few ? ` +${hidden.length - few}` : ''} <em>(envelope)</em></span></Line>}
                {reply && <Line name="Reply-To"><span dir="auto">{reply}</span></Line>}
                {date && <Line name="Date">{date}</Line>}
                {message.message_id && (
                    <Line name="ID"><code class="long">{message.message_id}</code> <CopyButton text={message.message_id} label="Copy the Message-ID" /></Line>
                )}
                <Line name="Envelope"><Envelope message={message} /></Line>
            </dl>
            <Facts message={message} />
            {message.tags.length > 0 && (
                <p class="tags">{message.tags.map((tag) => <a key={tag} class="tag" href={href(listPath('messages', `tag:${tag}`))}>{tag}</a>)}<span class="away">{count(message.tags.length, 'tag')}</span></p>
            )}
        </header>
    );
}
