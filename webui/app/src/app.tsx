/* SPDX-License-Identifier: MIT */
// The frame of the page: header, navigation, list, detail, and what lies over them.
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { href } from './base.ts';
import { sheet } from './keys.ts';
import { listKind, route } from './router.ts';
import * as actions from './store/actions.ts';
import { message, session } from './store/detail.ts';
import { info } from './store/info.ts';
import * as list from './store/list.ts';
import { set, settings } from './store/settings.ts';
import { announcement, dismiss, toasts } from './store/toast.ts';
import { lazy } from './ui/lazy.tsx';
import { Splitter } from './ui/splitter.tsx';
import { titles } from './views/activity/bar.tsx';
import { List } from './views/activity/list.tsx';
import { Header } from './views/shell/header.tsx';
import { Nav } from './views/shell/nav.tsx';
import { Chips } from './views/shell/search.tsx';

const pages = (): Promise<typeof import('./later/pages.ts')> => import('./later/pages.ts');
const opened = (): Promise<typeof import('./later/message.ts')> => import('./later/message.ts');
const MessageView = lazy(() => opened().then((module) => module.MessageView));
const SessionView = lazy(() => opened().then((module) => module.SessionView));
const Setup = lazy(() => pages().then((module) => module.Setup));
const SettingsPage = lazy(() => pages().then((module) => module.SettingsPage));
const Help = lazy(() => pages().then((module) => module.Help));
const Palette = lazy(() => pages().then((module) => module.Palette));
const Tagging = lazy(() => pages().then((module) => module.Tagging));
const Confirm = lazy(() => pages().then((module) => module.Confirm));

function Toasts(): JSX.Element
{
    return (
        <div class="toasts" role="status" aria-live="polite">
            {toasts.value.map((toast) => (
                <div key={toast.id} class={`toast ${toast.tone}`}>
                    <span>{toast.text}</span>
                    {toast.action && (
                        <button type="button" onClick={() => {
                            toast.action?.run();
                            dismiss(toast.id);
                        }}>{toast.action.label}</button>
                    )}
                    <button type="button" class="quiet" aria-label="Dismiss" onClick={() => dismiss(toast.id)}>×</button>
                </div>
            ))}
        </div>
    );
}

function Sheets(): JSX.Element
{
    return (
        <>
            {sheet.value === 'help' && <Help />}
            {sheet.value === 'palette' && <Palette />}
            {actions.tagging.value && <Tagging {...actions.tagging.value} />}
            {actions.confirming.value && <Confirm />}
        </>
    );
}

function Hint(): JSX.Element
{
    return (
        <div class="hint">
            <p>Choose a row, or press <kbd>j</kbd> and <kbd>Enter</kbd>.</p>
            <p><kbd>?</kbd> shows every shortcut, <kbd>/</kbd> searches.</p>
        </div>
    );
}

/** Nothing has ever arrived: then the page to open is the one that says how mail gets here. */
function isEmpty(): boolean
{
    const store = info.value?.store;
    return route.value.page === 'activity' && route.value.q === '' && list.state.value === 'ready' && list.length() === 0
        && store !== undefined && store.messages === 0 && store.sessions === 0;
}

function Panes(): JSX.Element
{
    const page = route.value.page;
    const open = page === 'message' || page === 'session';
    const width = settings.value.listWidth;
    useEffect(() => {
        document.documentElement.style.setProperty('--list-width', `${width}px`);
    }, [width]);
    return (
        <main class={`panes${open ? ' opened' : ''}${settings.value.stacked ? ' stacked' : ''}`} id="main" tabIndex={-1}>
            <div class="listing">
                <Chips />
                <List />
            </div>
            <Splitter label="Width of the list" value={width} least={280} most={720} standard={420} controls="list-pane" onMove={(to) => set({ listWidth: to })} />
            {page === 'message' ? <MessageView /> : page === 'session' ? <SessionView /> : <Hint />}
        </main>
    );
}

function Content(): JSX.Element
{
    void list.version.value;
    const page = route.value.page;
    if (page === 'setup' || isEmpty()) {
        return <main><Setup empty={page !== 'setup'} /></main>;
    }
    if (page === 'settings' || page === 'about') {
        return <main><SettingsPage /></main>;
    }
    if (page === 'none') {
        return (
            <main class="page" id="main" tabIndex={-1}>
                <h1>No such page</h1>
                <p>There is nothing at <code>{location.pathname}</code>. <a href={href('/')}>To Activity</a></p>
            </main>
        );
    }
    return <Panes />;
}

function title(): string
{
    const { page, id } = route.value;
    if (page === 'message') {
        return `m${id} ${message.value?.subject ?? ''}`.trim();
    }
    if (page === 'session') {
        return `s${id} ${session.value?.outcome ?? ''}`.trim();
    }
    const plain: Record<string, string> = { setup: 'Set up', settings: 'Settings', about: 'Settings', none: 'No such page' };
    return plain[page] ?? titles[listKind.value];
}

/** The title says where one is; with mail that nobody looked at, how much. */
function useTitle(unseen: number): void
{
    const text = title();
    useEffect(() => {
        document.title = `${unseen > 0 ? `(${unseen}) ` : ''}${text} – mailscope`;
        document.getElementById('icon')?.setAttribute('href', `assets/icon${unseen > 0 ? '-new' : ''}.svg`);
    }, [text, unseen]);
}

export function App({ unseen }: { unseen: { value: number } }): JSX.Element
{
    const [menu, setMenu] = useState(false);
    useTitle(unseen.value);
    useEffect(() => setMenu(false), [route.value]);
    return (
        <div class={`app${menu ? ' menu-open' : ''}`}>
            <Header onMenu={() => setMenu(!menu)} />
            <Nav />
            <Content />
            <Toasts />
            <div class="away" role="status">{announcement.value}</div>
            <p class="printed" aria-hidden="true">{title()} · {location.href}</p>
            <Sheets />
        </div>
    );
}
