/* SPDX-License-Identifier: MIT */
import type { ComponentChildren, JSX } from 'preact';

import { info } from '../../store/info.ts';
import { type Settings, set, settings } from '../../store/settings.ts';
import { complain } from '../../store/toast.ts';
import { clock, count, day, size } from '../../wire/format.ts';

type Flag = { [Name in keyof Settings]: Settings[Name] extends boolean ? Name : never }[keyof Settings];

function Switch({ name, children }: { name: Flag; children: ComponentChildren }): JSX.Element
{
    const flip = (): void => set({ [name]: !settings.value[name] });
    return <label class="switch"><input type="checkbox" checked={settings.value[name]} onChange={flip} /> <span>{children}</span></label>;
}

async function flipNotifications(): Promise<void>
{
    if (settings.value.notify) {
        set({ notify: false });
        return;
    }
    const answer = 'Notification' in window ? await Notification.requestPermission() : 'denied';
    if (answer === 'granted') {
        set({ notify: true });
    } else {
        complain('No notifications', new Error('the browser does not allow them for this page'));
    }
}

function About(): JSX.Element | null
{
    const server = info.value;
    if (!server) {
        return null;
    }
    const facts: [string, string][] = [
        ['Version', server.version], ['Started', `${day(server.started_at)} ${clock(server.started_at).slice(0, 8)}`],
        ['Store', `${server.store.kind}${server.store.path ? ` in ${server.store.path}` : ''}: ${count(server.store.messages, 'message')}, ${count(server.store.sessions, 'session')}, ${size(server.store.bytes)}`],
        ...server.listeners.map((one): [string, string] => [one.kind.toUpperCase(), `${one.address}:${one.port}${one.tls ? ` (${one.tls === 'starttls' ? 'STARTTLS offered' : 'TLS'})` : ''}`]),
    ];
    return (
        <section>
            <h2>About</h2>
            <dl class="fields">{facts.map(([name, value]) => <div key={name + value} class="field"><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
        </section>
    );
}

const themes = [['auto', 'As the system'], ['light', 'Light'], ['dark', 'Dark']] as const;

export function SettingsPage(): JSX.Element
{
    return (
        <div class="page settings" id="main" tabIndex={-1}>
            <h1>Settings</h1>
            <p class="muted">They stay in this browser.</p>
            <section>
                <h2>Appearance</h2>
                <fieldset class="choice">
                    <legend>Theme</legend>
                    {themes.map(([name, label]) => (
                        <label key={name}><input type="radio" name="theme" checked={settings.value.theme === name} onChange={() => set({ theme: name })} /> {label}</label>
                    ))}
                </fieldset>
                <Switch name="compact">Compact list, one line a row</Switch>
                <Switch name="stacked">List above what is open, not beside it (on pages 700 to 1,199 px wide)</Switch>
                <Switch name="relative">Relative times in lists (the exact one is in the tooltip)</Switch>
                <Switch name="controls">Show CR LF and other control characters</Switch>
                <Switch name="wrap">Wrap long lines</Switch>
            </section>
            <section>
                <h2>Behaviour</h2>
                <Switch name="shortcuts">Single-letter shortcuts</Switch>
                <Switch name="follow">New rows slide in at the top of the list</Switch>
                <label class="switch">
                    <input type="number" min="1" max="120" value={settings.value.undo} onChange={(event) => set({ undo: Math.min(120, Math.max(1, Number(event.currentTarget.value) || 8)) })} />
                    <span>seconds in which a delete can be undone</span>
                </label>
                <Switch name="remote">Always show remote images in messages</Switch>
                <label class="switch"><input type="checkbox" checked={settings.value.notify} onChange={() => void flipNotifications()} /> <span>Desktop notifications, also of failures</span></label>
            </section>
            <About />
        </div>
    );
}
