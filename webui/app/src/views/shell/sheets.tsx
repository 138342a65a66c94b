/* SPDX-License-Identifier: MIT */
// The sheets that lie over the page: shortcuts, palette, tags, the question before a big delete.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { type Command, commands, sheet } from '../../keys.ts';
import { go } from '../../router.ts';
import * as actions from '../../store/actions.ts';
import type { Matching } from '../../store/list.ts';
import { settings } from '../../store/settings.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { thousands } from '../../wire/format.ts';

const groups: Command['group'][] = ['Everywhere', 'List', 'Message', 'Transcript', 'Go to'];

/** A dialog says that it closed after it did: by then a key may have opened the other sheet, which stays. */
function leave(which: typeof sheet.value): void
{
    if (sheet.value === which) {
        sheet.value = null;
    }
}

function Keys({ command }: { command: Command }): JSX.Element
{
    return <span class="keys">{command.keys.map((key) => <kbd key={key}>{key}</kbd>)}</span>;
}

export function Help(): JSX.Element
{
    return (
        <Dialog title="Shortcuts" wide onClose={() => leave('help')}>
            {!settings.value.shortcuts && <p class="remark">Single-letter shortcuts are switched off in the settings.</p>}
            <div class="columns">
                {groups.map((group) => (
                    <section key={group}>
                        <h3>{group}</h3>
                        <dl class="shortcuts">
                            {commands.filter((one) => one.group === group).map((one) => (
                                <div key={one.what}><dt><Keys command={one} /></dt><dd>{one.what}</dd></div>
                            ))}
                        </dl>
                    </section>
                ))}
            </div>
        </Dialog>
    );
}

interface Choice {
    label: string;
    keys: string;
    run: () => void;
}

function choices(text: string): Choice[]
{
    const id = /^([ms])(\d+)$/.exec(text.trim());
    const found: Choice[] = [];
    if (id) {
        const message = id[1] === 'm';
        const path = `/${message ? 'messages' : 'sessions'}/${id[2]}`;
        found.push({ label: `Open ${message ? 'message' : 'session'} ${id[0]}`, keys: '', run: () => go(path) });
    }
    const wanted = text.toLowerCase();
    for (const one of commands) {
        if (one.what.toLowerCase().includes(wanted) && !one.keys.includes('Ctrl+K')) {
            found.push({ label: one.what, keys: one.keys[0] ?? '', run: () => one.run() });
        }
    }
    for (const past of settings.value.history) {
        if (wanted !== '' && past.toLowerCase().includes(wanted)) {
            found.push({ label: `Search ${past}`, keys: '', run: () => go(`/?${new URLSearchParams({ q: past })}`) });
        }
    }
    return found.slice(0, 12);
}

export function Palette(): JSX.Element
{
    const [text, setText] = useState('');
    const [at, setAt] = useState(0);
    const found = choices(text);
    const run = (choice: Choice | undefined): void => {
        sheet.value = null;
        if (choice) {
            setTimeout(choice.run);
        }
    };
    const keys = (event: KeyboardEvent): void => {
        if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
            event.preventDefault();
            setAt((at + (event.key === 'ArrowDown' ? 1 : found.length - 1)) % Math.max(1, found.length));
        } else if (event.key === 'Enter') {
            event.preventDefault();
            run(found[at]);
        }
    };
    return (
        <Dialog title="Commands" onClose={() => leave('palette')}>
            <input type="text" class="palette" autofocus placeholder="A command, m42 or s17" aria-label="Command" role="combobox" aria-expanded="true"
                aria-controls="palette" aria-activedescendant={found.length > 0 ? `choice-${at}` : undefined} value={text} onKeyDown={keys}
                onInput={(event) => {
                    setText(event.currentTarget.value);
                    setAt(0);
                }} />
            <ul class="choices" id="palette" role="listbox" aria-label="Commands">
                {found.map((one, i) => (
                    <li key={one.label} id={`choice-${i}`} role="option" aria-selected={i === at} onClick={() => run(one)}>
                        <span>{one.label}</span> {one.keys && <kbd>{one.keys}</kbd>}
                    </li>
                ))}
            </ul>
        </Dialog>
    );
}

export function Tagging({ meant, tags }: { meant: string[] | Matching; tags: string[] }): JSX.Element
{
    const [text, setText] = useState(tags.join(', '));
    const close = (): void => void (actions.tagging.value = null);
    const save = (event: Event): void => {
        event.preventDefault();
        actions.mark(meant, { tags: text.split(/[,\s]+/).filter((tag) => tag !== '') });
        close();
    };
    const number = Array.isArray(meant) ? meant.length : 0;
    const title = number === 1 ? 'Tags' : number > 1 ? `Tags of ${thousands(number)} messages` : 'Tags of all messages that match';
    return (
        <Dialog title={title} onClose={close}>
            <form class="stack" onSubmit={save}>
                {number !== 1 && <p class="muted">They replace the tags that these messages have.</p>}
                <label>Tags, separated by commas
                    <input type="text" autofocus value={text} onInput={(event) => setText(event.currentTarget.value)} />
                </label>
                <div class="buttons"><button type="button" onClick={close}>Cancel</button><button type="submit" class="main">Save</button></div>
            </form>
        </Dialog>
    );
}

export function Confirm(): JSX.Element
{
    const asked = actions.confirming.value;
    const close = (): void => void (actions.confirming.value = null);
    const yes = (): void => {
        close();
        if (asked) {
            void actions.removeMatching(asked);
        }
    };
    return (
        <Dialog title={`Delete ${thousands(asked?.total ?? 0)} items?`} onClose={close}>
            <p>Everything that matches{asked?.q ? <> <code>{asked.q}</code></> : null} goes, and cannot be brought back. What arrives from now on stays.</p>
            <div class="buttons">
                <button type="button" class="main" autofocus onClick={close}>Cancel</button>
                <button type="button" class="danger" onClick={yes}>Delete {thousands(asked?.total ?? 0)}</button>
            </div>
        </Dialog>
    );
}
