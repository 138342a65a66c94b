/* SPDX-License-Identifier: MIT */
// What to do so that mail arrives: shown while nothing has, and always at /setup.
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { get, send } from '../../api.ts';
import { href } from '../../base.ts';
import { go, route, sessionPath } from '../../router.ts';
import { info, mainListener } from '../../store/info.ts';
import * as list from '../../store/list.ts';
import { complain, say } from '../../store/toast.ts';
import type { SessionSummary } from '../../types.ts';
import { CopyButton } from '../../ui/copy.tsx';
import { TabPanel, Tabs } from '../../ui/tabs.tsx';
import { clock } from '../../wire/format.ts';
import { outcomeOf } from '../activity/outcome.ts';
import { type Framework, type Target, curlLine, frameworks } from './snippets.ts';

type Place = 'here' | 'docker' | 'other';

const places: { name: Place; label: string }[] = [
    { name: 'here', label: 'on this machine' }, { name: 'docker', label: 'in Docker' }, { name: 'other', label: 'on another host' },
];

const isLoopback = (address: string): boolean => /^(127\.|::1$|localhost$)/.test(address);

/** The name under which an application reaches the SMTP port from where it runs. */
function hostFor(place: Place, address: string): string
{
    if (place === 'docker') {
        return 'host.docker.internal';
    }
    const any = address === '0.0.0.0' || address === '::';
    return place === 'other' && (any || isLoopback(address)) ? location.hostname : any ? '127.0.0.1' : address;
}

function Snippet({ framework, target }: { framework: Framework; target: Target }): JSX.Element
{
    return (
        <>
            {framework.variants.map((variant) => (
                <figure key={variant.title} class="snippet">
                    <figcaption>{variant.title}<CopyButton text={variant.code(target)} label={`Copy ${variant.title}`}>Copy</CopyButton></figcaption>
                    <pre tabIndex={0} role="region" aria-label={variant.title}><code>{variant.code(target)}</code></pre>
                </figure>
            ))}
            {framework.note && <p class="muted">{framework.note}</p>}
        </>
    );
}

/** The session that is open, else the one that ended last; asked for again when the server counts another. */
function useNewestSession(): SessionSummary | null
{
    const [ended, setEnded] = useState<SessionSummary | null>(null);
    useEffect(() => {
        let current = true;
        get<{ sessions: SessionSummary[] }>('/api/sessions?limit=1')
            .then(({ sessions }) => current && setEnded(sessions[0] ?? null), () => undefined);
        return () => {
            current = false;
        };
    }, [info.value?.store.sessions]);
    return list.liveSessions.value[0] ?? ended;
}

function LastConnection(): JSX.Element
{
    const last = useNewestSession();
    if (!last) {
        return <p class="muted" role="status">Last connection: never</p>;
    }
    return (
        <p role="status">
            Last connection: {clock(last.closed_at ?? last.opened_at)}, {last.helo ?? 'without a greeting'}, {outcomeOf(last).says}.{' '}
            <a href={href(sessionPath(last.id))}>Open s{last.id}</a>
        </p>
    );
}

async function sendTest(): Promise<void>
{
    try {
        const answer = await send<{ message?: number | { id: number }; id?: number } | null>('POST', '/api/test-message');
        const id = typeof answer?.message === 'object' ? answer.message.id : answer?.message ?? answer?.id;
        say('A test message is on its way.', id ? { action: { label: 'Open', run: () => go(`/messages/${id}`) } } : {});
    } catch (error) {
        complain('No test message', error);
    }
}

const logins: Record<string, string> = { any: ', any login accepted', file: ', logins of --auth-file accepted' };

function Heading({ empty }: { empty: boolean }): JSX.Element
{
    const one = mainListener.value;
    const tls = one?.tls === 'starttls' ? 'STARTTLS offered' : one?.tls ? 'TLS' : 'no TLS';
    return (
        <>
            <h1>{empty ? 'Nothing has arrived yet.' : 'Set up'}</h1>
            {one && <p>Listening on <code>{one.address}:{one.port}</code> (SMTP, {tls}{logins[info.value?.logins ?? 'off'] ?? ''}). Point your application here:</p>}
        </>
    );
}

export function Setup({ empty = false }: { empty?: boolean }): JSX.Element
{
    const [place, setPlace] = useState<Place>('here');
    const one = mainListener.value;
    const target: Target = { host: hostFor(place, one?.address ?? '127.0.0.1'), port: one?.port ?? 2525 };
    const framework = frameworks.find((known) => known.id === route.value.framework) ?? frameworks[0] as Framework;
    const unreachable = place !== 'here' && one !== null && isLoopback(one.address);
    return (
        <div class="page setup" id="main" tabIndex={-1}>
            <Heading empty={empty} />
            <fieldset class="choice">
                <legend>My app runs</legend>
                {places.map(({ name, label }) => (
                    <label key={name}><input type="radio" name="place" checked={place === name} onChange={() => setPlace(name)} /> {label}</label>
                ))}
            </fieldset>
            {unreachable && (
                <p class="callout" role="alert">▲ SMTP listens on {one.address} only, which {place === 'docker' ? 'a container' : 'another host'} cannot reach: start with <code>--smtp 0.0.0.0:{one.port}</code>.</p>
            )}
            <Tabs label="Framework" prefix="framework" tabs={frameworks.map(({ id, name }) => ({ name: id, label: name }))} active={framework.id}
                onPick={(id) => go(`/setup/${id}`, route.value.page === 'setup')} />
            <TabPanel prefix="framework" active={framework.id}><Snippet framework={framework} target={target} /></TabPanel>
            <p class="other">Anything else: host <CopyButton text={target.host} label="Copy the host"><code>{target.host}</code></CopyButton> port <CopyButton text={String(target.port)} label="Copy the port"><code>{target.port}</code></CopyButton></p>
            <p class="try">
                <button type="button" class="main" onClick={() => void sendTest()}>Send a test message</button>
                <span class="muted">or by hand:</span> <CopyButton text={curlLine(target)} label="Copy the curl line"><code>{curlLine(target)}</code></CopyButton>
            </p>
            <LastConnection />
        </div>
    );
}
