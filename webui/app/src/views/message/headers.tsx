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
import { oddities } from '../../wire/headers.ts';

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
                <table>
                    <thead><tr><th scope="col" class="number"><abbr title="Line of the message">#</abbr></th><th scope="col">Name</th><th scope="col">Decoded</th><th scope="col">As sent</th><th scope="col"><span class="away">Copy</span></th></tr></thead>
                    <tbody>{shown.map((one) => <HeaderRow key={one.line} one={one} message={message} />)}</tbody>
                </table>
            </div>
        </div>
    );
}
