/* SPDX-License-Identifier: MIT */
// A reader's taste, kept in this browser alone.
import { effect, signal } from '@preact/signals';

export interface Settings {
    theme: 'auto' | 'light' | 'dark';
    compact: boolean;
    /** The list above what is open, not beside it, on a page of middling width. */
    stacked: boolean;
    relative: boolean;
    shortcuts: boolean;
    controls: boolean;
    wrap: boolean;
    /** Times of day in transcripts, not milliseconds since the opening. */
    absolute: boolean;
    remote: boolean;
    notify: boolean;
    follow: boolean;
    view: string;
    listWidth: number;
    navWidth: number;
    /** Seconds in which a delete can be taken back. */
    undo: number;
    history: string[];
}

const standard: Settings = {
    theme: 'auto', compact: false, stacked: false, relative: false, shortcuts: true, controls: true, wrap: true, absolute: false, remote: false,
    notify: false, follow: true, view: 'html', listWidth: 420, navWidth: 200, undo: 8, history: [],
};

function stored(): Partial<Settings>
{
    try {
        return JSON.parse(localStorage.getItem('mailscope') ?? '{}') as Partial<Settings>;
    } catch {
        return {};
    }
}

export const settings = signal<Settings>({ ...standard, ...stored() });

export function set(change: Partial<Settings>): void
{
    settings.value = { ...settings.value, ...change };
}

effect(() => {
    const now = settings.value;
    try {
        localStorage.setItem('mailscope', JSON.stringify(now));
    } catch {
        // Without storage the taste lasts as long as the tab.
    }
    if (now.theme === 'auto') {
        delete document.documentElement.dataset.theme;
    } else {
        document.documentElement.dataset.theme = now.theme;
    }
});

window.addEventListener('storage', (event) => {
    if (event.key === 'mailscope') {
        settings.value = { ...standard, ...stored() };
    }
});
