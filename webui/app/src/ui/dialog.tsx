/* SPDX-License-Identifier: MIT */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import { Icon } from './icon.tsx';

/** A modal sheet: the browser's own dialog traps the focus, answers Escape and gives the focus back. */
export function Dialog(props: { title: string; onClose: () => void; children: ComponentChildren; wide?: boolean }): JSX.Element
{
    const node = useRef<HTMLDialogElement>(null);
    useEffect(() => {
        const before = document.activeElement;
        node.current?.showModal();
        return () => {
            if (before instanceof HTMLElement) {
                before.focus();
            }
        };
    }, []);
    const outside = (event: MouseEvent): void => {
        if (event.target === node.current) {
            props.onClose();
        }
    };
    return (
        <dialog ref={node} class={props.wide ? 'wide' : ''} aria-label={props.title} onClose={props.onClose} onClick={outside}>
            <div class="sheet">
                <header>
                    <h2>{props.title}</h2>
                    <button type="button" class="quiet" aria-label="Close" onClick={props.onClose}><Icon name="close" /></button>
                </header>
                {props.children}
            </div>
        </dialog>
    );
}
