/* SPDX-License-Identifier: MIT */
// The message's HTML in a frame that can do nothing: sandboxed, at an unguessable path, under a policy of its own.
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { query } from '../../api.ts';
import { href } from '../../base.ts';
import { previewKeys } from '../../keys.ts';
import { set, settings } from '../../store/settings.ts';
import type { Message } from '../../types.ts';
import { Icon } from '../../ui/icon.tsx';
import { count } from '../../wire/format.ts';

const widths = ['360', '768', 'full'] as const;

type Remote = '' | 'img' | 'all';

/** The preview's address: the capability path of the API, and what the reader allowed. */
function source(preview: string, remote: Remote, dark: boolean): string
{
    return href(preview) + query({ remote, scheme: dark ? 'dark' : null });
}

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

/** Keys pressed inside the frame never reach the page: say so while it has the focus. */
function useFrameFocus(): boolean
{
    const [inside, setInside] = useState(false);
    useEffect(() => {
        const left = (): void => void setTimeout(() => setInside(document.activeElement?.tagName === 'IFRAME'));
        const back = (): void => setInside(false);
        window.addEventListener('blur', left);
        window.addEventListener('focus', back);
        return () => {
            window.removeEventListener('blur', left);
            window.removeEventListener('focus', back);
        };
    }, []);
    return inside;
}

export function Html({ message }: { message: Message }): JSX.Element
{
    const [remote, setRemote] = useState<Remote>(settings.value.remote ? 'img' : '');
    const [width, setWidth] = useState<(typeof widths)[number]>('full');
    const [dark, setDark] = useState(false);
    const [strayed, setStrayed] = useState(false);
    const [generation, setGeneration] = useState(0);
    const loads = useRef(0);
    const stage = useRef<HTMLDivElement>(null);
    const inside = useFrameFocus();
    const wanted = (message.remote?.images ?? 0) + (message.remote?.others ?? 0);
    const address = source(message.preview ?? '', remote, dark);

    useEffect(() => {
        loads.current = 0;
    }, [address, generation]);
    useEffect(() => {
        previewKeys.images = () => setRemote((now) => (now === '' ? 'img' : ''));
        previewKeys.full = () => void stage.current?.requestFullscreen().catch(() => undefined);
        return () => {
            previewKeys.images = null;
            previewKeys.full = null;
        };
    }, []);
    const loaded = (): void => {
        loads.current++;
        if (loads.current > 1) {
            // The document left its page (a link to _self, a form): bring it back.
            setStrayed(true);
            setGeneration(generation + 1);
        }
    };
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
            </div>
            {wanted > 0 && <RemoteBanner hosts={message.remote?.hosts ?? []} resources={wanted} remote={remote} allow={setRemote} />}
            {(message.remote?.unresolved ?? 0) > 0 && <p class="remark">▲ {count(message.remote?.unresolved ?? 0, 'inline picture')} (cid:) that no part of the message has.</p>}
            {message.html_cut && <p class="remark">Only the first 1 MiB is shown.</p>}
            {strayed && <p class="remark" role="status">A link in the message tried to replace the preview; it was brought back.</p>}
            <div class={`stage w${width}${dark ? ' dark' : ''}`} ref={stage}>
                <iframe key={`${address} ${generation}`} src={address} sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer"
                    loading="lazy" title={`HTML preview of «${message.subject ?? ''}»`} onLoad={loaded} />
                {inside && <p class="chip" role="status">Keys go to the preview: Tab or click outside to return.</p>}
            </div>
        </div>
    );
}
