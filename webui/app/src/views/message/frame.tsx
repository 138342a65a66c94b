/* SPDX-License-Identifier: MIT */
// HTML that somebody sent, in a frame that can do nothing: sandboxed, at an unguessable path, under a policy of its own.
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { query } from '../../api.ts';
import { href } from '../../base.ts';

export type Remote = '' | 'img' | 'all';

export interface Shown {
    /** What the reader allowed. */
    remote: Remote;
    dark: boolean;
    /** A part that is not the message's own HTML. */
    part?: string;
}

/** The preview's address: the capability path of the API, and what is wanted of it. */
export function frameAddress(preview: string, { remote, dark, part }: Shown): string
{
    return href(preview) + query({ remote, scheme: dark ? 'dark' : null, part });
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

export function Frame({ address, title }: { address: string; title: string }): JSX.Element
{
    const [strayed, setStrayed] = useState(false);
    const [generation, setGeneration] = useState(0);
    const loads = useRef(0);
    const inside = useFrameFocus();

    useEffect(() => {
        loads.current = 0;
    }, [address, generation]);
    const loaded = (): void => {
        loads.current++;
        if (loads.current > 1) {
            // The document left its page (a link to _self, a form): bring it back.
            setStrayed(true);
            setGeneration(generation + 1);
        }
    };
    return (
        <>
            <iframe key={`${address} ${generation}`} src={address} sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer"
                loading="lazy" title={title} onLoad={loaded} />
            {inside ? <p class="chip" role="status">Keys go to the preview: Tab or click outside to return.</p>
                : strayed && <p class="chip" role="status">A link in the message tried to replace the preview; it was brought back.</p>}
        </>
    );
}
