/* SPDX-License-Identifier: MIT */
import { effect, signal } from '@preact/signals';
import { render } from 'preact';

import { App } from './app.tsx';
import { follow as followDrawing, highlight } from './highlight.ts';
import { onKey } from './keys.ts';
import { type LiveEvent, asMessage, asSession, start, subscribe } from './live.ts';
import { notify } from './notify.ts';
import { followLinks } from './router.ts';
import * as detail from './store/detail.ts';
import * as info from './store/info.ts';
import * as list from './store/list.ts';
import { followMeaning, meaning } from './store/search.ts';
import { announce } from './store/toast.ts';
import { outcomeOf } from './views/activity/outcome.ts';

/** Messages that arrived while nobody looked; the title counts them. */
const unseen = signal(0);

function tell(events: LiveEvent[]): void
{
    const messages = events.filter((event) => event.type === 'message').map(asMessage);
    const failed = events.filter((event) => event.type === 'session').map(asSession)
        .filter((one) => !one.live && one.messages.length === 0 && outcomeOf(one).tone === 'bad');
    if (messages.length === 0 && failed.length === 0) {
        return;
    }
    unseen.value += messages.length;
    const parts = [messages.length > 0 && `${messages.length} new`, failed.length > 0 && `${failed.length} failed`];
    announce(parts.filter(Boolean).join(', '));
    notify(messages, failed);
}

function seen(): void
{
    if (!document.hidden) {
        unseen.value = 0;
    }
}

/** Starts the page: the first rows first, everything else behind them. */
export async function begin(): Promise<void>
{
    document.addEventListener('click', followLinks);
    document.addEventListener('keydown', onKey);
    for (const sign of ['visibilitychange', 'pointerdown', 'keydown']) {
        document.addEventListener(sign, seen);
    }
    subscribe(list.apply);
    subscribe(info.apply);
    subscribe(detail.apply);
    subscribe(tell);
    detail.follow();
    const first = list.follow();
    render(<App unseen={unseen} />, document.getElementById('app') as HTMLElement);
    start(await first);
    void info.load();
    void list.loadLive();
    void import('./later/message.ts');
    void import('./later/counts.ts').then((counts) => counts.follow());
    followMeaning();
    followDrawing(document.body);
    effect(() => highlight(meaning.value?.texts ?? []));
    effect(() => {
        // The store began anew: nothing that is shown holds any more.
        if (info.restarted.value > 0) {
            void list.load();
            void list.loadLive();
        }
    });
}

