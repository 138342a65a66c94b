/* SPDX-License-Identifier: MIT */
import type { JSX } from 'preact';

import { href } from '../../base.ts';
import { sheet } from '../../keys.ts';
import { connection, offlineSince, retry } from '../../live.ts';
import { listKind, listPath } from '../../router.ts';
import { info, mainListener } from '../../store/info.ts';
import { set, settings } from '../../store/settings.ts';
import { clock } from '../../wire/format.ts';
import { CopyButton } from '../../ui/copy.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Search } from './search.tsx';

const words = {
    connecting: ['◌', 'Connecting'], live: ['●', 'Live'], reconnecting: ['◌', 'Reconnecting'], offline: ['✕', 'Offline'],
} as const;

function Connection(): JSX.Element
{
    const state = connection.value;
    const [glyph, word] = words[state];
    const since = offlineSince.value ? ` since ${clock(offlineSince.value).slice(0, 5)}` : '';
    return (
        <span class={`connection ${state}`} role="status" data-testid="connection">
            <span aria-hidden="true">{glyph}</span> <span class="word">{word}{since}</span>
            {state === 'offline' && <button type="button" class="link" onClick={retry}>Retry</button>}
        </span>
    );
}

/** A full or broken disk: mail is answered with 452 until it is over. Or one that lost what it had. */
function Failure(): JSX.Element | null
{
    const why = info.value?.store.failure;
    const damaged = info.value?.store.damaged_records ?? 0;
    if (why) {
        return <span class="failure" role="alert"><span aria-hidden="true">✕</span> Mail cannot be kept: {why}</span>;
    }
    return damaged > 0 ? <span class="failure" role="status"><span aria-hidden="true">▲</span> Damaged on the disk: {damaged} {damaged === 1 ? 'record' : 'records'}, named in the log</span> : null;
}

function Listener(): JSX.Element | null
{
    const one = mainListener.value;
    if (!one) {
        return null;
    }
    const address = `${one.address}:${one.port}`;
    return <span class="listener" title="SMTP listens here"><CopyButton text={address} label={`Copy ${address}`}><code>{address}</code></CopyButton></span>;
}

const nextTheme = { auto: 'light', light: 'dark', dark: 'auto' } as const;

function skip(event: Event): void
{
    event.preventDefault();
    document.getElementById('main')?.focus();
}

export function Header({ onMenu }: { onMenu: () => void }): JSX.Element
{
    const theme = settings.value.theme;
    return (
        <header class="top">
            <a class="skip" href={href(listPath(listKind.value))} onClick={skip}>Skip to the content</a>
            <button type="button" class="quiet burger" aria-label="Menu" onClick={onMenu}><Icon name="menu" /></button>
            <a class="logo" href={href('/')}>
                <img src={href('/assets/icon.svg')} alt="" width="22" height="22" />
                <span>mailscope</span>
            </a>
            <Search />
            <Connection />
            <Failure />
            <Listener />
            <button type="button" class="quiet" title="Shortcuts (?)" aria-label="Shortcuts" onClick={() => void (sheet.value = 'help')}><Icon name="help" /></button>
            <button type="button" class="quiet theme" title={`Theme: ${theme}`} aria-label={`Theme: ${theme}`} onClick={() => set({ theme: nextTheme[theme] })}>
                <Icon name="theme" />
            </button>
            <span class="away" data-testid="version">{info.value?.version}</span>
        </header>
    );
}
