/* SPDX-License-Identifier: MIT */
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';

import { href } from '../../base.ts';
import { go, listKind, listPath, route } from '../../router.ts';
import { failedTotal, inboxes, info, tagCounts } from '../../store/info.ts';
import * as list from '../../store/list.ts';
import { tagQuery } from '../../store/search.ts';
import { set, settings } from '../../store/settings.ts';
import { thousands } from '../../wire/format.ts';
import { Icon, type IconName } from '../../ui/icon.tsx';
import { Splitter } from '../../ui/splitter.tsx';

interface PlaceProps {
    icon: IconName;
    label: string;
    path: string;
    here: boolean;
    count?: number | null;
}

function Place({ icon, label, path, here, count }: PlaceProps): JSX.Element
{
    return (
        <li>
            <a href={href(path)} aria-current={here ? 'page' : undefined} title={label}>
                <Icon name={icon} /> <span class="label">{label}</span>
                {count !== undefined && count !== null && <span class="count">{thousands(count)}</span>}
            </a>
        </li>
    );
}

function Inboxes(): JSX.Element | null
{
    const names = inboxes.value;
    const now = route.value.inbox;
    if (names.length < 2 && !now) {
        return null;
    }
    const pick = (name: string): void => {
        const params = new URLSearchParams(name ? { inbox: name } : {});
        go(`/${listKind.value === 'activity' ? '' : listKind.value}${name ? `?${params}` : ''}`);
    };
    return (
        <label class="inboxes">
            <Icon name="inbox" /> <span class="label">Inbox</span>
            <select value={now} aria-label="Inbox" onChange={(event) => pick(event.currentTarget.value)}>
                <option value="">All</option>
                {[...new Set([...names, ...(now ? [now] : [])])].map((name) => <option key={name} value={name}>{name}</option>)}
            </select>
        </label>
    );
}

function Tags(): JSX.Element | null
{
    const tags = tagCounts.value;
    if (tags.length === 0) {
        return null;
    }
    return (
        <ul class="tagged" aria-label="Tags">
            {tags.map(([name, times]) => {
                const q = tagQuery(name);
                const here = route.value.q === q;
                return (
                    <li key={name}>
                        <a href={href(listPath(listKind.value, here ? '' : q))} aria-current={here ? 'true' : undefined} title={name}>
                            <Icon name="tag" size={13} /> <span class="label">{name}</span><span class="count">{times}</span>
                        </a>
                    </li>
                );
            })}
        </ul>
    );
}

const failed = 'is:failed';
const open = 'is:live';

export function Nav(): JSX.Element
{
    const page = route.value.page;
    const kind = listKind.value;
    const onList = !['setup', 'settings', 'about', 'none'].includes(page);
    const store = info.value?.store;
    const plain = route.value.q === '' && route.value.inbox === '';
    const counts = { activity: plain && kind === 'activity' ? list.total.value : null, messages: store?.messages, sessions: store?.sessions };
    const live = list.liveSessions.value.length;
    const asked = onList ? route.value.q : '';
    const failures = failedTotal.value ?? 0;
    const width = settings.value.navWidth;
    useEffect(() => document.documentElement.style.setProperty('--nav-width', `${width}px`), [width]);
    return (
        <nav aria-label="Main" id="nav">
            <ul>
                <Place icon="activity" label="Activity" path={listPath('activity', '')} here={onList && kind === 'activity' && asked !== failed} count={counts.activity} />
                <Place icon="message" label="Messages" path={listPath('messages', '')} here={onList && kind === 'messages'} count={counts.messages} />
                <Place icon="session" label="Sessions" path={listPath('sessions', '')} here={onList && kind === 'sessions'} count={counts.sessions} />
                {live > 0 && <li class="sub"><a href={href(listPath('sessions', open))} aria-current={asked === open ? 'page' : undefined}><span class="label">live</span><span class="count">{live}</span></a></li>}
                {(failures > 0 || asked === failed) && <Place icon="failed" label="Failed" path={listPath('activity', failed)} here={kind === 'activity' && asked === failed} count={failures} />}
            </ul>
            <Inboxes />
            <Tags />
            <ul class="low">
                <Place icon="setup" label="Set up" path="/setup" here={page === 'setup'} />
                <Place icon="settings" label="Settings" path="/settings" here={page === 'settings'} />
            </ul>
            <Splitter label="Width of the navigation" value={width} least={150} most={360} standard={200} controls="nav" onMove={(to) => set({ navWidth: to })} />
        </nav>
    );
}
