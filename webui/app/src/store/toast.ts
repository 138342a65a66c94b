/* SPDX-License-Identifier: MIT */
import { signal } from '@preact/signals';

export interface Toast {
    id: number;
    text: string;
    tone: 'plain' | 'bad';
    action?: { label: string; run: () => void };
    /** How long it stays, in milliseconds; 0 until it is dismissed. */
    stay: number;
}

export const toasts = signal<Toast[]>([]);

let last = 0;

export function dismiss(id: number): void
{
    toasts.value = toasts.value.filter((one) => one.id !== id);
}

/** Shows a sentence at the foot of the page. Returns its id. */
export function say(text: string, more: Partial<Omit<Toast, 'id' | 'text'>> = {}): number
{
    const toast: Toast = { tone: 'plain', stay: 5000, ...more, id: ++last, text };
    toasts.value = [...toasts.value.slice(-3), toast];
    if (toast.stay > 0) {
        setTimeout(() => dismiss(toast.id), toast.stay);
    }
    return toast.id;
}

/** The same for something that went wrong. */
export function complain(what: string, error: unknown): void
{
    const why = error instanceof Error ? error.message : String(error);
    say(`${what}: ${why}`, { tone: 'bad', stay: 10_000 });
}

/** What a screen reader is told of arrivals, at most once in five seconds. */
export const announcement = signal('');

let waiting: string[] = [];
let timer = 0;

export function announce(text: string): void
{
    waiting.push(text);
    if (timer !== 0) {
        return;
    }
    const speak = (): void => {
        announcement.value = waiting.join(', ');
        waiting = [];
        timer = window.setTimeout(() => {
            timer = 0;
            if (waiting.length > 0) {
                announce(waiting.pop() ?? '');
            }
        }, 5000);
    };
    speak();
}
