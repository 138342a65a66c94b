/* SPDX-License-Identifier: MIT */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { set, settings } from '../../store/settings.ts';
import type { Message, Part } from '../../types.ts';
import { CopyButton } from '../../ui/copy.tsx';
import { links, quoteDepth, reflow } from '../../wire/links.ts';
import { toText } from '../../wire/bytes.ts';
import { allParts, partHeader } from './tree.ts';

function Line({ line }: { line: string }): JSX.Element
{
    const depth = Math.min(4, quoteDepth(line));
    return (
        <div class={depth > 0 ? `quote q${depth}` : undefined} dir="auto">
            {links(line).map((span, i) => (span.url
                ? <a key={i} href={span.url} target="_blank" rel="noopener noreferrer">{span.text}</a>
                : span.text))}
            {line === '' ? '\u200b' : null}
        </div>
    );
}

/** The part that the text view shows: the first text/plain that is not an attachment. */
export function textPart(message: Message): Part | null
{
    return allParts(message).find((part) => part.type === 'text/plain' && !part.attachment) ?? null;
}

/** The fields of a part's own header, each on one line. */
function useHeaderBlock(message: Message, part: Part | null): string[]
{
    const [fields, setFields] = useState<string[]>([]);
    useEffect(() => {
        let current = true;
        if (part) {
            void partHeader(message, part).then((octets) => current && setFields(toText(octets).replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)), () => undefined);
        }
        return () => {
            current = false;
        };
    }, [message.id]);
    return fields;
}

export function Text({ message }: { message: Message }): JSX.Element
{
    const part = textPart(message);
    const type = useHeaderBlock(message, part).find((one) => /^content-type:/i.test(one)) ?? '';
    const flowed = /format\s*=\s*"?flowed/i.test(type);
    const [wish, setWish] = useState<boolean | null>(null);
    const joined = wish ?? flowed;
    const wrap = settings.value.wrap;
    if (message.text === null) {
        return <p class="remark">This message has no text/plain part.</p>;
    }
    const text = joined ? reflow(message.text, /delsp\s*=\s*"?yes/i.test(type)) : message.text;
    return (
        <div class="text">
            <div class="toolbar">
                <span class="muted">{[part?.charset, part?.encoding].filter(Boolean).join(' · ') || 'text/plain'}</span>
                <label><input type="checkbox" checked={wrap} onChange={() => set({ wrap: !wrap })} /> Wrap</label>
                {flowed && <label><input type="checkbox" checked={joined} onChange={() => setWish(!joined)} /> Reflow (format=flowed)</label>}
                <CopyButton text={text} label="Copy the text">Copy</CopyButton>
            </div>
            {message.text_cut && <p class="remark">Only the first 1 MiB is shown.</p>}
            <div class={`reading${wrap ? ' wrap' : ''}`} tabIndex={0} role="region" aria-label="Text of the message">{text === '' && <em class="muted">The text is empty.</em>}{text.split(/\r?\n/).map((line, i) => <Line key={i} line={line} />)}</div>
        </div>
    );
}
