/* SPDX-License-Identifier: MIT */
import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';

import { complain, say } from '../store/toast.ts';
import { Icon } from './icon.tsx';

/** The clipboard where there is none: navigator.clipboard exists on localhost and https only. */
function copyByCommand(text: string): boolean
{
    const field = document.createElement('textarea');
    field.value = text;
    field.className = 'away';
    document.body.append(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    return done;
}

export async function copyText(text: string, what = 'Copied'): Promise<boolean>
{
    try {
        if (navigator.clipboard) {
            await navigator.clipboard.writeText(text);
        } else if (!copyByCommand(text)) {
            throw new Error('the browser does not allow it');
        }
        say(`${what}.`, { stay: 2000 });
        return true;
    } catch (error) {
        if (copyByCommand(text)) {
            say(`${what}.`, { stay: 2000 });
            return true;
        }
        complain('Could not copy', error);
        return false;
    }
}

export function CopyButton({ text, label, children }: { text: string | (() => string); label: string; children?: ComponentChildren }): JSX.Element
{
    const [done, setDone] = useState(false);
    const run = async (): Promise<void> => {
        if (await copyText(typeof text === 'string' ? text : text())) {
            setDone(true);
            setTimeout(() => setDone(false), 1500);
        }
    };
    return (
        <button type="button" class={`quiet copy${done ? ' done' : ''}`} title={label} onClick={() => void run()}>
            <Icon name="copy" size={14} />
            {children ?? <span class="away">{label}</span>}
        </button>
    );
}

/** Hands bytes to the browser as a file. */
export function saveFile(name: string, type: string, content: BlobPart): void
{
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([content], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
