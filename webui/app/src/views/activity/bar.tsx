/* SPDX-License-Identifier: MIT */
// What stands above the list: how many there are, or what can be done with those that are ticked.
import type { JSX } from 'preact';

import * as actions from '../../store/actions.ts';
import * as list from '../../store/list.ts';
import * as selection from '../../store/selection.ts';
import { count, thousands } from '../../wire/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { Menu } from '../../ui/menu.tsx';
import { go, listKind, listPath, oldFirst, route } from '../../router.ts';

export const titles = { activity: 'Activity', messages: 'Messages', sessions: 'Sessions' } as const;

function Tick(): JSX.Element
{
    const some = selection.selected.value.size > 0;
    const every = selection.allMatching.value !== null || (some && selection.selected.value.size >= list.length());
    const flip = (): void => (some ? selection.clear() : selection.selectLoaded());
    return (
        <label class="tick all">
            <input type="checkbox" checked={every} aria-label="Select all that are loaded" onChange={flip}
                ref={(node) => {
                    if (node) {
                        node.indeterminate = some && !every;
                    }
                }} />
        </label>
    );
}

const downloads = (): Promise<typeof import('../../later/downloads.ts')> => import('../../later/downloads.ts');

function Chosen(): JSX.Element
{
    const every = selection.allMatching.value;
    const meant = every ?? [...selection.selected.value];
    const number = every ? every.total : selection.selected.value.size;
    const save = (form: 'mbox' | 'jsonl') => (): void => void downloads().then((one) => one.download(meant, form));
    const ofMessages = listKind.value !== 'sessions';
    const more = [
        ...ofMessages ? [{ label: 'Tag…', run: actions.startTagging }, { label: 'Download .mbox', run: save('mbox') }] : [],
        { label: 'Download JSON lines', run: save('jsonl') },
        { label: 'Copy links', run: () => void downloads().then((one) => one.copyLinks(meant)) },
    ];
    return (
        <div class="bar chosen">
            <Tick />
            <strong role="status">{thousands(number)} selected</strong>
            <button type="button" onClick={actions.removeMeant}><Icon name="trash" size={14} /> Delete</button>
            {ofMessages && <button type="button" onClick={() => actions.mark(meant, { read: true })}>Mark read</button>}
            <Menu label={<Icon name="more" />} name="More actions" items={more} />
            <button type="button" class="quiet" aria-label="Clear the selection" onClick={selection.clear}><Icon name="close" size={14} /></button>
        </div>
    );
}

/** "100 selected. Select all 4,312 that match." */
function Offer(): JSX.Element | null
{
    const all = list.total.value;
    const some = selection.selected.value.size;
    if (some === 0 || selection.allMatching.value || all === null || some >= all || some < list.loadedCount()) {
        return null;
    }
    return (
        <p class="offer">
            {thousands(some)} selected.{' '}
            <button type="button" class="link" onClick={() => void (selection.allMatching.value = list.matching())}>Select all {thousands(all)} that match</button>
        </p>
    );
}

function turn(): void
{
    const path = listPath(listKind.value);
    const [place = '', text = ''] = path.split('?');
    const params = new URLSearchParams(text);
    if (oldFirst.value) {
        params.delete('sort');
    } else {
        params.set('sort', 'old');
    }
    go(`${place}${params.size > 0 ? `?${params}` : ''}`);
}

export function ListBar({ toTop }: { toTop: () => void }): JSX.Element
{
    void list.version.value;
    const kind = listKind.value;
    if (selection.selected.value.size > 0) {
        return <><Chosen /><Offer /></>;
    }
    const all = list.total.value === null ? null : list.total.value + list.liveRows.value.length;
    const words = list.state.value === 'loading' ? 'Loading…' : all === null ? list.counted() : count(all, 'item');
    const title = selection.openKey.value === null ? <h1>{titles[kind]}</h1> : <h2>{titles[kind]}</h2>;
    return (
        <div class="bar">
            <Tick />
            {title}
            <span class="total">{words}</span>
            <button type="button" class="quiet sort" title={oldFirst.value ? 'Oldest first; click for the newest' : 'Newest first; click for the oldest'} onClick={turn}>
                {oldFirst.value ? 'oldest' : 'newest'} <Icon name={oldFirst.value ? 'up' : 'down'} size={12} />
            </button>
            {kind !== 'sessions' && (
                <Menu label={<Icon name="more" />} name="List actions"
                    items={[{ label: 'Mark all read', hint: route.value.q ? 'all that match' : '', run: () => void actions.patchMatching({ read: true }) }]} />
            )}
            {list.fresh.value > 0 && (
                <button type="button" class="fresh" onClick={toTop}>{thousands(list.fresh.value)} new <Icon name="up" size={12} /></button>
            )}
        </div>
    );
}
