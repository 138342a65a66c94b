/* SPDX-License-Identifier: MIT */
import type { JSX } from 'preact';

import { listPath, listKind, type View } from '../../router.ts';
import { href } from '../../base.ts';
import { message, pickView, problem, session, view } from '../../store/detail.ts';
import * as list from '../../store/list.ts';
import * as selection from '../../store/selection.ts';
import type { Message } from '../../types.ts';
import { Icon } from '../../ui/icon.tsx';
import { lazy } from '../../ui/lazy.tsx';
import { type Tab, TabPanel, Tabs } from '../../ui/tabs.tsx';
import { MessageBlock } from './block.tsx';
import { Headers } from './headers.tsx';
import { Html } from './html.tsx';
import { Text } from './text.tsx';
import { allParts } from './tree.ts';

const Parts = lazy(() => import('../../later/parts.ts').then((module) => module.Parts));
const Source = lazy(() => import('../../later/conversation.ts').then((module) => module.SourceView));
export const Transcript = lazy(() => import('../../later/conversation.ts').then((module) => module.TranscriptView));

function tabsOf(one: Message): Tab<View>[]
{
    const noHtml = one.html === null ? { disabled: 'This message has no HTML part' } : {};
    const noSession = one.session === null ? { disabled: 'This message came over HTTP, not in a session' } : {};
    return [
        { name: 'html', label: 'HTML', ...noHtml },
        { name: 'text', label: 'Text' },
        { name: 'headers', label: <>Headers <span class="count">{one.headers.length}</span></> },
        { name: 'source', label: 'Source' },
        { name: 'parts', label: <>Parts <span class="count">{allParts(one).length}</span></> },
        { name: 'transcript', label: 'Transcript', ...noSession },
    ];
}

function Body({ one, name }: { one: Message; name: View }): JSX.Element
{
    switch (name) {
        case 'html': return one.html === null ? <p class="remark">This message has no HTML part.</p> : <Html key={one.id} message={one} />;
        case 'text': return <Text key={one.id} message={one} />;
        case 'headers': return <Headers message={one} />;
        case 'source': return <Source key={one.id} message={one} />;
        case 'parts': return <Parts message={one} />;
        case 'transcript': return one.session === null
            ? <p class="remark">This message came over HTTP: there is no conversation to show.</p>
            : <Transcript key={one.session} id={one.session} message={one.id} live={session.value?.live ?? false} />;
    }
}

/** What stands where an item should: it is not there, or the server did not answer. */
export function Missing({ what }: { what: string }): JSX.Element
{
    const said = problem.value;
    return (
        <div class="missing" role="alert">
            <h1>{said?.status === 404 ? `No such ${what}` : `The ${what} could not be read`}</h1>
            <p>{said?.text}</p>
            <p><a href={href(listPath(listKind.value))}>Back to the list</a></p>
        </div>
    );
}

export function Back(): JSX.Element
{
    const step = (by: number): JSX.Element => {
        const row = selection.rowAt(selection.indexOfKey(selection.openKey.value) + by);
        return <button type="button" class="quiet" disabled={!row || selection.openKey.value === null} onClick={() => row && selection.openRow(row, true)}>{by < 0 ? 'Previous' : 'Next'}</button>;
    };
    void list.version.value;
    return (
        <div class="back">
            <a href={href(listPath(listKind.value))}><Icon name="back" /> <span>Back</span></a>
            {step(-1)}{step(1)}
        </div>
    );
}

export function MessageView(): JSX.Element
{
    const one = message.value;
    if (problem.value) {
        return <article class="detail"><Back /><Missing what="message" /></article>;
    }
    if (!one) {
        return <article class="detail" aria-busy="true"><Back /><p class="remark" role="status">Loading…</p></article>;
    }
    const name = view.value;
    return (
        <article class="detail" aria-labelledby="title">
            <Back />
            <MessageBlock message={one} />
            <Tabs label="Views of the message" prefix="view" tabs={tabsOf(one)} active={name} onPick={pickView} menu />
            <TabPanel prefix="view" active={name} className={`view-${name}`}><Body one={one} name={name} /></TabPanel>
        </article>
    );
}
