/* SPDX-License-Identifier: MIT */
// What the navigation counts behind the first rows: attempts that failed, and how often each tag occurs.
import { effect, untracked } from '@preact/signals';

import * as api from '../api.ts';
import { type LiveEvent, asMessage, asSession, subscribe } from '../live.ts';
import { route } from '../router.ts';
import { thousands } from '../wire/format.ts';
import { failedTotal, restarted, tagCounts } from './info.ts';
import { tagQuery } from './search.ts';

const again = 3000;
const tagsShown = 8;
const sample = 500;

const inbox = (): string => route.peek().inbox;

async function countFailed(): Promise<void>
{
    const page = await api.list('activity', { q: 'is:failed', inbox: inbox(), limit: 1 });
    failedTotal.value = page.total;
}

/** How often a tag occurs where the sample is not all there is. */
async function times(name: string, inSample: number): Promise<string>
{
    const { total } = await api.list('messages', { q: tagQuery(name), inbox: inbox(), limit: 1 });
    return total === null ? `${thousands(inSample)}+` : thousands(total);
}

async function countTags(): Promise<void>
{
    const page = await api.list('messages', { q: 'is:tagged', inbox: inbox(), limit: sample });
    const counts = new Map<string, number>();
    for (const row of page.rows) {
        for (const tag of row.kind === 'message' ? row.tags : []) {
            counts.set(tag, (counts.get(tag) ?? 0) + 1);
        }
    }
    const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, tagsShown).sort(([a], [b]) => (a < b ? -1 : 1));
    tagCounts.value = await Promise.all(most.map(async ([name, n]): Promise<[string, string]> => [name, page.next === null ? thousands(n) : await times(name, n)]));
}

/** Runs `work` soon, and not again for a while: what asks meanwhile is answered by one run at its end. */
function calmly(work: () => Promise<void>): () => void
{
    let timer = 0;
    let wanted = false;
    const run = (): void => {
        wanted = false;
        timer = window.setTimeout(() => {
            timer = 0;
            if (wanted) {
                run();
            }
        }, again);
        // The counts that are shown stay until the server answers again.
        work().catch(() => undefined);
    };
    return () => {
        wanted = true;
        if (timer === 0) {
            run();
        }
    };
}

const failedAgain = calmly(countFailed);
const tagsAgain = calmly(countTags);

const changesTags = (event: LiveEvent): boolean =>
    event.type === 'deleted' || event.type === 'gap' || event.type === 'changed' || (event.type === 'message' && asMessage(event).tags.length > 0);

const changesFailed = (event: LiveEvent): boolean =>
    event.type === 'deleted' || event.type === 'gap' || (event.type === 'session' && !asSession(event).live && asSession(event).messages.length === 0);

/** Counts now, and again when what arrives changes it. */
export function follow(): void
{
    effect(() => {
        void route.value.inbox;
        void restarted.value;
        untracked(() => {
            failedAgain();
            tagsAgain();
        });
    });
    subscribe((events) => {
        if (events.some(changesFailed)) {
            failedAgain();
        }
        if (events.some(changesTags)) {
            tagsAgain();
        }
    });
}
