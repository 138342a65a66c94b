/* SPDX-License-Identifier: MIT */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { bytes } from '../../api.ts';
import { href } from '../../base.ts';
import { go, messagePath, route } from '../../router.ts';
import type { Message, Part } from '../../types.ts';
import { settings } from '../../store/settings.ts';
import { CopyButton } from '../../ui/copy.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Tabs, TabPanel } from '../../ui/tabs.tsx';
import { size } from '../../wire/format.ts';
import { Visible } from '../../ui/pieces.tsx';
import { nameOdd } from '../../wire/visible.ts';
import { PartPreview, noPreview } from './part-preview.tsx';
import { allParts, isContainer, partHeader, topParts } from './tree.ts';

const shownAtMost = 256 * 1024;

function FileName({ name }: { name: string }): JSX.Element
{
    return <span class="filename">{nameOdd(name).map((piece, i) => (piece.odd ? <span key={i} class="pill lone">{piece.text}</span> : piece.text))}</span>;
}

interface NodeProps {
    part: Part;
    message: Message;
    active: string;
    level: number;
}

function Node({ part, message, active, level }: NodeProps): JSX.Element
{
    const here = part.section === active;
    const pick = (event: MouseEvent): void => {
        event.stopPropagation();
        go(messagePath(message.id, 'parts', part.section), true);
    };
    return (
        <li role="treeitem" aria-selected={here} aria-level={level} aria-expanded={isContainer(part) ? true : undefined} tabIndex={here ? 0 : -1}
            data-section={part.section} onClick={pick}>
            <span class="node">
                {/\d$/.test(part.section) && <span class="number">{part.section}</span>}
                {part.filename && <FileName name={part.filename} />}
                <span class="type">{part.type}</span>
                {part.attachment && <Icon name="clip" size={12} />}
                {!isContainer(part) && <span class="size">{size(part.decoded_size ?? part.size)}</span>}
            </span>
            {isContainer(part) && <ul role="group">{part.parts.map((one) => <Node key={one.section} part={one} message={message} active={active} level={level + 1} />)}</ul>}
        </li>
    );
}

type Form = 'decoded' | 'encoded' | 'headers';
type Shown = Form | 'preview';

function read(message: Message, part: Part, form: Form): Promise<Uint8Array>
{
    return form === 'headers' ? partHeader(message, part)
        : bytes(`/api/messages/${message.id}/parts/${part.section}${form === 'encoded' ? '?form=encoded' : ''}`);
}

function useContent(message: Message, part: Part, form: Form): Uint8Array | string | null
{
    const [content, setContent] = useState<Uint8Array | string | null>(null);
    useEffect(() => {
        let current = true;
        setContent(null);
        read(message, part, form).then(
            (got) => current && setContent(got),
            (error: Error) => current && setContent(error.message),
        );
        return () => {
            current = false;
        };
    }, [message.id, part.section, form]);
    return content;
}

function Content({ message, part, form }: { message: Message; part: Part; form: Form }): JSX.Element
{
    const content = useContent(message, part, form);
    if (content === null) {
        return <p class="remark" role="status">Loading…</p>;
    }
    if (typeof content === 'string') {
        return <p class="remark" role="alert">{content}</p>;
    }
    const cut = content.subarray(0, shownAtMost);
    return (
        <>
            {cut.length < content.length && <p class="remark">The first {size(cut.length)} of {size(content.length)}.</p>}
            <pre class="wrap"><Visible bytes={cut} controls={form !== 'decoded' && settings.value.controls} /></pre>
        </>
    );
}

function useDigest(message: Message, part: Part): string | null
{
    const [digest, setDigest] = useState<string | null>(null);
    useEffect(() => {
        setDigest(null);
        if (isContainer(part) || !('subtle' in crypto)) {
            return;
        }
        void bytes(`/api/messages/${message.id}/parts/${part.section}`)
            .then((content) => crypto.subtle.digest('SHA-256', content as BufferSource))
            .then((sum) => setDigest(Array.from(new Uint8Array(sum), (octet) => octet.toString(16).padStart(2, '0')).join('')))
            .catch(() => undefined);
    }, [message.id, part.section]);
    return digest;
}

function Facts({ message, part }: { message: Message; part: Part }): JSX.Element
{
    const digest = useDigest(message, part);
    const facts: [string, string | null | undefined][] = [
        ['Type', part.type], ['Charset', part.charset], ['Encoding', part.encoding], ['Disposition', part.disposition],
        ['Content-ID', part.content_id], ['Decoded', isContainer(part) ? null : size(part.decoded_size ?? part.size)],
    ];
    return (
        <dl class="fields">
            {facts.filter(([, value]) => value).map(([name, value]) => <div key={name} class="field"><dt>{name}</dt><dd><code class="long">{value}</code></dd></div>)}
            {part.filename && <div class="field"><dt>Name</dt><dd><FileName name={part.filename} /></dd></div>}
            {digest && <div class="field"><dt>SHA-256</dt><dd class="digest"><code title={digest}>{digest}</code> <CopyButton text={digest} label="Copy the SHA-256" /></dd></div>}
        </dl>
    );
}

function Detail({ message, part }: { message: Message; part: Part }): JSX.Element
{
    const none = noPreview(part);
    const [view, setView] = useState<Shown>(none === null ? 'preview' : 'decoded');
    const leaf = !isContainer(part);
    const shown: Shown = leaf || view === 'preview' ? view : 'headers';
    const download = href(`/api/messages/${message.id}/parts/${part.section}`);
    const holds = leaf ? {} : { disabled: 'This part only holds others' };
    const tabs = [
        { name: 'preview' as const, label: 'Preview', ...(none === null ? {} : { disabled: none }) },
        { name: 'decoded' as const, label: 'Decoded', ...holds },
        { name: 'encoded' as const, label: 'Encoded', ...holds },
        { name: 'headers' as const, label: 'Headers' },
    ];
    return (
        <div class="part">
            <Facts message={message} part={part} />
            {(leaf || none === null) && <p><a class="button" href={download} download><Icon name="download" size={14} /> Download</a></p>}
            <Tabs label="Part" prefix="part" tabs={tabs} active={shown} onPick={setView} />
            <TabPanel prefix="part" active={shown}>
                {shown === 'preview' ? <PartPreview message={message} part={part} /> : <Content message={message} part={part} form={shown} />}
            </TabPanel>
        </div>
    );
}

export function Parts({ message }: { message: Message }): JSX.Element
{
    const all = allParts(message);
    const leaf = all.find((part) => !isContainer(part));
    const part = all.find((one) => one.section === route.value.section) ?? leaf ?? all[0];
    if (!part) {
        return <p class="remark">This message could not be taken apart.</p>;
    }
    const step = (event: KeyboardEvent): void => {
        const at = all.indexOf(part);
        const target: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 };
        const next = all[target[event.key] ?? -1];
        if (next) {
            event.preventDefault();
            go(messagePath(message.id, 'parts', next.section), true);
            requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-section="${next.section}"]`)?.focus());
        }
    };
    const missing = route.value.section !== null && part.section !== route.value.section;
    return (
        <div class="parts">
            {missing && <p class="remark" role="alert">There is no part {route.value.section}; this is {part.section}.</p>}
            <ul class="tree" role="tree" aria-label="Parts of the message" onKeyDown={step}>
                {topParts(message).map((one) => <Node key={one.section} part={one} message={message} active={part.section} level={1} />)}
            </ul>
            <Detail key={part.section} message={message} part={part} />
        </div>
    );
}
