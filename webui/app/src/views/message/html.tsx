/* SPDX-License-Identifier: MIT */
// The message's HTML as a reader sees it, in several widths and colours, with what is remote blocked or let in.
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

import { previewKeys } from '../../keys.ts';
import { set, settings } from '../../store/settings.ts';
import type { Message } from '../../types.ts';
import { CopyButton } from '../../ui/copy.tsx';
import { Icon } from '../../ui/icon.tsx';
import { count, thousands } from '../../wire/format.ts';
import { type Target, htmlLinks } from '../../wire/links.ts';
import { Frame, type Remote, frameAddress } from './frame.tsx';

const widths = ['360', '768', 'full'] as const;

function RemoteBanner({ hosts, resources, remote, allow }: { hosts: string[]; resources: number; remote: Remote; allow: (remote: Remote) => void }): JSX.Element
{
    const [open, setOpen] = useState(false);
    const always = settings.value.remote;
    return (
        <div class="banner">
            <Icon name="image" />
            <span>{count(resources, 'remote resource')} from {count(hosts.length, 'host')} {remote ? 'allowed' : 'blocked'}</span>
            {remote === '' && <button type="button" onClick={() => allow('img')}>Show images</button>}
            {remote !== 'all' && <button type="button" onClick={() => allow('all')}>Show everything</button>}
            {remote !== '' && <button type="button" onClick={() => allow('')}>Block again</button>}
            <button type="button" class="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>Hosts</button>
            <label><input type="checkbox" checked={always} onChange={() => set({ remote: !always })} /> Always in this browser</label>
            {open && <ul>{hosts.map((host) => <li key={host}><code>{host}</code></li>)}</ul>}
        </div>
    );
}

/** Where the links lead, to check without clicking each. */
function LinkList({ targets }: { targets: Target[] }): JSX.Element
{
    return (
        <ul class="linklist" aria-label="Links of the message">
            {targets.map(({ url, text, opens }, i) => (
                <li key={i}>
                    <span dir="auto">{text}</span>
                    {opens ? <a href={url} target="_blank" rel="noopener noreferrer">{url}</a> : <code>{url}</code>}
                    <CopyButton text={url} label={`Copy ${url}`} />
                </li>
            ))}
        </ul>
    );
}

export function Html({ message }: { message: Message }): JSX.Element
{
    const [remote, setRemote] = useState<Remote>(settings.value.remote ? 'img' : '');
    const [width, setWidth] = useState<(typeof widths)[number]>('full');
    const [dark, setDark] = useState(false);
    const [listed, setListed] = useState(false);
    const stage = useRef<HTMLDivElement>(null);
    const wanted = (message.remote?.images ?? 0) + (message.remote?.others ?? 0);
    const address = frameAddress(message.preview ?? '', { remote, dark });
    const targets = useMemo(() => htmlLinks(message.html ?? ''), [message.html]);

    useEffect(() => {
        previewKeys.images = () => setRemote((now) => (now === '' ? 'img' : ''));
        previewKeys.full = () => void stage.current?.requestFullscreen().catch(() => undefined);
        return () => {
            previewKeys.images = null;
            previewKeys.full = null;
        };
    }, []);
    return (
        <div class="html">
            <div class="toolbar" role="toolbar" aria-label="Preview">
                <span class="group" role="group" aria-label="Width">
                    {widths.map((one) => <button key={one} type="button" aria-pressed={width === one} onClick={() => setWidth(one)}>{one}</button>)}
                </span>
                <span class="group" role="group" aria-label="Colour scheme">
                    <button type="button" aria-pressed={!dark} onClick={() => setDark(false)}>Light</button>
                    <button type="button" aria-pressed={dark} onClick={() => setDark(true)}>Dark</button>
                </span>
                <button type="button" class="quiet" title="Full screen (f)" onClick={() => previewKeys.full?.()}>Full screen</button>
                <a href={address} target="_blank" rel="noopener noreferrer"><Icon name="external" size={14} /> Open preview</a>
                {targets.length > 0 && <button type="button" class="quiet" aria-expanded={listed} onClick={() => setListed(!listed)}>Links {thousands(targets.length)}</button>}
            </div>
            {wanted > 0 && <RemoteBanner hosts={message.remote?.hosts ?? []} resources={wanted} remote={remote} allow={setRemote} />}
            {(message.remote?.unresolved ?? 0) > 0 && <p class="remark">▲ {count(message.remote?.unresolved ?? 0, 'inline picture')} (cid:) that no part of the message has.</p>}
            {message.html_cut && <p class="remark">Only the first 1 MiB is shown.</p>}
            {listed && <LinkList targets={targets} />}
            <p class="printed">The HTML prints from a tab of its own: Open preview.</p>
            <div class={`stage w${width}${dark ? ' dark' : ''}`} ref={stage}>
                <Frame address={address} title={`HTML preview of «${message.subject ?? ''}»`} />
            </div>
        </div>
    );
}
