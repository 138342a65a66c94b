/* SPDX-License-Identifier: MIT */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { href } from '../../base.ts';
import { messagePath } from '../../router.ts';
import type { Header, Message } from '../../types.ts';
import { CopyButton } from '../../ui/copy.tsx';
import { Visible } from '../../ui/pieces.tsx';
import { settings } from '../../store/settings.ts';
import { toBytes, toText } from '../../wire/bytes.ts';
import { count, duration } from '../../wire/format.ts';
import { oddities } from '../../wire/headers.ts';
import { type Hop, hopsOf } from '../../wire/received.ts';

function Raw({ header }: { header: Header }): JSX.Element
{
    return <code class="raw">{header.name}:<Visible bytes={toBytes(header.raw)} controls={settings.value.controls} /></code>;
}

interface Numbered {
    header: Header;
    line: number;
    marks: string[];
}

function HeaderRow({ one, message }: { one: Numbered; message: Message }): JSX.Element
{
    const { header, line, marks } = one;
    return (
        <tr>
            <td class="number"><a href={href(`${messagePath(message.id, 'source')}#L${line}`)} title="Show in the source">{line}</a></td>
            <th scope="row">{header.name}</th>
            <td dir="auto">
                {header.value}
                {marks.map((mark) => <span key={mark} class="tag warn">{mark}</span>)}
            </td>
            <td><Raw header={header} /></td>
            <td><CopyButton text={() => `${header.name}:${toText(header.raw)}`} label={`Copy ${header.name}`} /></td>
        </tr>
    );
}

/** The servers that say they passed it on, the first one first. */
function Way({ hops }: { hops: Hop[] }): JSX.Element | null
{
    if (hops.length === 0) {
        return null;
    }
    return (
        <details class="way" open>
            <summary>Received: {count(hops.length, 'hop')}</summary>
            <ol>
                {hops.map((hop, i) => (
                    <li key={i}>
                        <code>{hop.from ?? '?'}</code> <span aria-hidden="true">→</span><span class="away"> to </span> <code>{hop.by ?? '?'}</code>
                        {hop.with && <span class="tag">{hop.with}</span>}
                        {hop.id && <span class="muted"> id {hop.id}</span>}
                        {hop.at && <time class="muted" dateTime={hop.at}> {hop.at.replace('T', ' ').replace('.000Z', ' UTC')}</time>}
                        {hop.delay !== null && <span class={hop.delay < 0 ? 'error' : 'muted'}> {hop.delay < 0 ? '−' : '+'}{duration(Math.abs(hop.delay) * 1000)}</span>}
                    </li>
                ))}
            </ol>
        </details>
    );
}

/** Every field in the order of the message, decoded and as it was sent. */
export function Headers({ message }: { message: Message }): JSX.Element
{
    const [filter, setFilter] = useState('');
    const marked = oddities(message.headers);
    const wanted = filter.toLowerCase();
    const shown = marked.filter(({ header }) => (header.name + header.value).toLowerCase().includes(wanted));
    return (
        <div class="headers">
            <div class="toolbar">
                <input type="search" placeholder="Filter" aria-label="Filter the header fields" value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
                <span class="muted">{shown.length} of {message.headers.length}</span>
                <CopyButton text={() => message.headers.map((one) => `${one.name}:${toText(one.raw)}`).join('')} label="Copy all header fields">Copy all</CopyButton>
            </div>
            <div class="scroll" tabIndex={0} role="region" aria-label="Header fields">
                <Way hops={hopsOf(message.headers)} />
                <table>
                    <thead><tr><th scope="col" class="number"><abbr title="Line of the message">#</abbr></th><th scope="col">Name</th><th scope="col">Decoded</th><th scope="col">As sent</th><th scope="col"><span class="away">Copy</span></th></tr></thead>
                    <tbody>{shown.map((one) => <HeaderRow key={one.line} one={one} message={message} />)}</tbody>
                </table>
            </div>
        </div>
    );
}
