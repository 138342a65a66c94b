/* SPDX-License-Identifier: MIT */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { info } from '../../store/info.ts';
import { set, settings } from '../../store/settings.ts';
import { Menu } from '../../ui/menu.tsx';
import { toText } from '../../wire/bytes.ts';
import { count } from '../../wire/format.ts';
import type { WireRow } from '../../wire/rows.ts';
import type { Transcript } from '../../wire/transcript.ts';
import { CompareForm } from './compare.tsx';
import { copyForms } from './copy-forms.ts';
import { type Range, isIn } from './ranges.ts';

export type Mode = 'text' | 'wire' | 'hex';

export interface Filter {
    only: 'all' | 'client' | 'server' | 'events' | 'problems';
    text: string;
}

const modes: [Mode, string][] = [['text', 'Text'], ['wire', 'Wire'], ['hex', 'Hex']];
const kinds: [Filter['only'], string][] = [['all', 'All'], ['client', 'C'], ['server', 'S'], ['events', '≡'], ['problems', '✖']];
const kindNames = { all: 'All rows', client: 'Client only', server: 'Server only', events: 'Events only', problems: 'Refusals and remarks only' } as const;

/** Whether a row stays when the reader filters. */
export function passes(row: WireRow, filter: Filter): boolean
{
    const kind = {
        all: true, client: row.dir === 'c', server: row.dir === 's', events: row.dir === null,
        problems: (row.code ?? 0) >= 400 || row.remarks.length > 0 || row.kind === 'fault',
    }[filter.only];
    return kind && (filter.text === '' || toText(row.text).toLowerCase().includes(filter.text.toLowerCase()));
}

interface ToolbarProps {
    id: number;
    transcript: Transcript;
    rows: WireRow[];
    chosen: Range[];
    mode: Mode;
    setMode: (mode: Mode) => void;
    filter: Filter;
    setFilter: (filter: Filter) => void;
    revealed: boolean;
    setRevealed: (on: boolean) => void;
}

function CopyMenu(props: ToolbarProps): JSX.Element
{
    const [secrets, setSecrets] = useState(false);
    const [wish, setWish] = useState<boolean | null>(null);
    const dropped = info.value?.drops_secrets ?? false;
    const chosen = props.rows.filter((row) => isIn(props.chosen, row.event));
    // One row is chosen by every click: only several are meant by themselves.
    const only = wish ?? chosen.length > 1;
    const rows = only && chosen.length > 0 ? chosen : props.rows;
    const items = copyForms({ id: props.id, rows, transcript: props.transcript, secrets });
    const above = (
        <>
            {chosen.length > 0 && <label><input type="checkbox" checked={only} onChange={() => setWish(!only)} /> only the {count(chosen.length, 'selected row')}</label>}
            <label class={dropped ? 'muted' : undefined}>
                <input type="checkbox" disabled={dropped} checked={secrets} onChange={() => setSecrets(!secrets)} /> include secrets{dropped && ': not kept (--drop-secrets)'}
            </label>
        </>
    );
    return <Menu label="Copy as ▾" name="Copy as" items={items} above={above} />;
}

export function Toolbar(props: ToolbarProps): JSX.Element
{
    const { mode, filter } = props;
    const hasSecrets = !info.value?.drops_secrets && (props.revealed || props.rows.some((row) => row.masked !== null));
    return (
        <div class="toolbar">
            <span class="group" role="group" aria-label="Form">
                {modes.map(([name, label]) => <button key={name} type="button" aria-pressed={mode === name} onClick={() => props.setMode(name)}>{label}</button>)}
            </span>
            <label title="v"><input type="checkbox" checked={settings.value.controls} onChange={() => set({ controls: !settings.value.controls })} /> CR LF</label>
            <label title="The time of day, not the time since the opening"><input type="checkbox" checked={settings.value.absolute} onChange={() => set({ absolute: !settings.value.absolute })} /> Clock</label>
            {hasSecrets && <label><input type="checkbox" checked={props.revealed} onChange={() => props.setRevealed(!props.revealed)} /> Secrets</label>}
            {mode !== 'hex' && (
                <>
                    <span class="group" role="group" aria-label="Rows">
                        {kinds.map(([only, label]) => (
                            <button key={only} type="button" aria-pressed={filter.only === only} title={kindNames[only]} onClick={() => props.setFilter({ ...filter, only })}>
                                {label}{label.length === 1 && <span class="away"> {kindNames[only]}</span>}
                            </button>
                        ))}
                    </span>
                    <input type="search" placeholder="Filter" aria-label="Filter the rows" value={filter.text} onInput={(event) => props.setFilter({ ...filter, text: event.currentTarget.value })} />
                </>
            )}
            {mode !== 'hex' && <CompareForm id={props.id} />}
            <CopyMenu {...props} />
        </div>
    );
}
