/* SPDX-License-Identifier: MIT */
// One part as its reader would see it: a picture, text in its charset, HTML in the sandboxed frame, a message by its head.
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { bytes } from '../../api.ts';
import { href } from '../../base.ts';
import { messagePath } from '../../router.ts';
import type { Message, Part } from '../../types.ts';
import { toBase64 } from '../../wire/bytes.ts';
import { type Field, fieldsOf, textIn } from '../../wire/encoded.ts';
import { size } from '../../wire/format.ts';
import { Frame, type Remote, frameAddress } from './frame.tsx';
import { isContainer, leaves, partHeader } from './tree.ts';

/** What a browser draws without running anything; SVG is left to its text. */
const images = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'image/bmp']);
const shownAtMost = 256 * 1024;

/** Why a part has no preview; null for one that has. */
export function noPreview(part: Part): string | null
{
    if (part.type === 'message/rfc822' || images.has(part.type) || (part.type.startsWith('text/') && !isContainer(part))) {
        return null;
    }
    return isContainer(part) ? 'This part only holds others' : `${part.type} is not shown here: download it`;
}

interface Props {
    message: Message;
    part: Part;
}

/** What a promise brings, or why it does not. */
function useAnswer<T>(ask: () => Promise<T>, key: string): { value: T | null; problem: string | null }
{
    const [answer, setAnswer] = useState<{ value: T | null; problem: string | null }>({ value: null, problem: null });
    useEffect(() => {
        let current = true;
        setAnswer({ value: null, problem: null });
        ask().then(
            (value) => current && setAnswer({ value, problem: null }),
            (error: Error) => current && setAnswer({ value: null, problem: error.message }),
        );
        return () => {
            current = false;
        };
    }, [key]);
    return answer;
}

const Wait = ({ problem }: { problem: string | null }): JSX.Element =>
    <p class="remark" role={problem ? 'alert' : 'status'}>{problem ?? 'Loading…'}</p>;

function Octets({ message, part }: Props): JSX.Element
{
    const { value, problem } = useAnswer(() => bytes(`/api/messages/${message.id}/parts/${part.section}`), `${message.id} ${part.section}`);
    if (!value) {
        return <Wait problem={problem} />;
    }
    if (images.has(part.type)) {
        return <img class="shown" alt={part.filename ?? part.content_id ?? part.type} src={`data:${part.type};base64,${toBase64(value)}`} />;
    }
    const cut = value.subarray(0, shownAtMost);
    return (
        <>
            {cut.length < value.length && <p class="remark">The first {size(cut.length)} of {size(value.length)}.</p>}
            <pre class="wrap" dir="auto">{textIn(part.charset, cut)}</pre>
        </>
    );
}

function HtmlPart({ message, part }: Props): JSX.Element
{
    const [remote, setRemote] = useState<Remote>('');
    const [dark, setDark] = useState(false);
    const address = frameAddress(message.preview ?? '', { remote, dark, part: part.section });
    return (
        <>
            <div class="toolbar" role="toolbar" aria-label="Preview of the part">
                <button type="button" aria-pressed={remote !== ''} onClick={() => setRemote(remote === '' ? 'img' : '')}>Remote images</button>
                <button type="button" aria-pressed={dark} onClick={() => setDark(!dark)}>Dark</button>
                <a href={address} target="_blank" rel="noopener noreferrer">Open preview</a>
            </div>
            <div class={`stage${dark ? ' dark' : ''}`}><Frame address={address} title={`Preview of part ${part.section}`} /></div>
        </>
    );
}

const told = ['from', 'to', 'cc', 'date', 'subject'];

/** A message inside the message: its head, and what its reader would see first. */
function Inner({ message, part }: Props): JSX.Element
{
    const top = part.parts[0];
    const { value, problem } = useAnswer(() => (top ? partHeader(message, top) : Promise.resolve(new Uint8Array(0))), `${message.id} ${part.section}`);
    const all = leaves(part).filter((one) => !one.attachment);
    const body = all.find((one) => one.type === 'text/html') ?? all.find((one) => one.type.startsWith('text/'));
    if (!value) {
        return <Wait problem={problem} />;
    }
    const fields = fieldsOf(value).filter((one) => told.includes(one.name.toLowerCase()));
    return (
        <>
            <dl class="fields">
                {fields.map((one: Field) => <div key={one.name} class="field"><dt>{one.name}</dt><dd dir="auto">{one.value}</dd></div>)}
                {body && <div class="field"><dt>Shown</dt><dd><a href={href(messagePath(message.id, 'parts', body.section))}>part {body.section}</a></dd></div>}
            </dl>
            {body ? <PartPreview message={message} part={body} /> : <p class="remark">It has nothing to read.</p>}
        </>
    );
}

export function PartPreview({ message, part }: Props): JSX.Element
{
    if (part.type === 'message/rfc822') {
        return <Inner message={message} part={part} />;
    }
    if (part.type === 'text/html' && message.preview) {
        return <HtmlPart message={message} part={part} />;
    }
    return <Octets message={message} part={part} />;
}
