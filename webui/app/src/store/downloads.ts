/* SPDX-License-Identifier: MIT */
// What can be taken away of the rows that are meant: a mailbox file, lines of JSON, links. Read page by page.
import * as api from '../api.ts';
import { href } from '../base.ts';
import { saveFile, copyText } from '../ui/copy.tsx';
import type { MessageSummary, Row, SessionSummary } from '../types.ts';
import { count } from '../wire/format.ts';
import type { Matching } from './list.ts';
import { keyOf, orderOf } from './rows.ts';
import { complain, dismiss, say } from './toast.ts';

const pageSize = 500;
/** Requests on their way at once: fewer than a browser has connections, so that the page goes on. */
const together = 4;

type Meant = string[] | Matching;

/** Calls `ask` for each, some at a time; the answers stand in the order of `all`. */
async function each<From, To>(all: From[], ask: (one: From) => Promise<To>): Promise<To[]>
{
    const answers = new Array<To>(all.length);
    let at = 0;
    const work = async (): Promise<void> => {
        for (let mine = at++; mine < all.length; mine = at++) {
            answers[mine] = await ask(all[mine] as From);
        }
    };
    await Promise.all(Array.from({ length: together }, work));
    return answers;
}

const address = (key: string): string => `/${key.startsWith('s') ? 'sessions' : 'messages'}/${key.slice(1)}`;

async function rowOf(key: string): Promise<Row>
{
    const path = `/api${address(key)}`;
    return key.startsWith('s') ? { ...await api.get<SessionSummary>(path), kind: 'session' } : { ...await api.get<MessageSummary>(path), kind: 'message' };
}

/** The rows that are meant, newest first, some hundreds at a time. */
async function* pagesOf(meant: Meant): AsyncGenerator<Row[]>
{
    if (Array.isArray(meant)) {
        yield await each(meant, rowOf);
        return;
    }
    const { kind, q, inbox, upTo } = meant;
    for (let before: number | null = upTo + 1; before !== null;) {
        const page: Awaited<ReturnType<typeof api.list>> = await api.list(kind, { q, inbox, limit: pageSize, before });
        yield page.rows.filter((row) => orderOf(kind, row) <= upTo);
        before = page.next;
    }
}

/** One message of an mbox file (the mboxrd form: "From " lines in bodies get a ">"). */
async function mboxEntry(one: MessageSummary): Promise<Blob>
{
    const raw = await api.bytes(`/api/messages/${one.id}/raw`);
    const text = Array.from(raw, (octet) => String.fromCharCode(octet)).join('')
        .replace(/\r\n/g, '\n').replace(/^(>*From )/gm, '>$1');
    const when = new Date(one.received_at).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) ([\d:]+).*/, '$1 $3 $2 $5 $4');
    const body = Uint8Array.from(text, (char) => char.charCodeAt(0));
    return new Blob([`From ${one.envelope.from || 'MAILER-DAEMON'} ${when}\n`, body, text.endsWith('\n') ? '\n' : '\n\n']);
}

const pieces = {
    mbox: (rows: Row[]): Promise<Blob[]> => each(rows.filter((row) => row.kind === 'message'), mboxEntry),
    jsonl: (rows: Row[]): Promise<Blob[]> =>
        each(rows, async (row) => new Blob([`${JSON.stringify(await api.get<unknown>(`/api${address(keyOf(row))}`))}\n`])),
};

/** Says that it is at work while it reads, and why where it fails. */
async function reading(what: string, work: () => Promise<void>): Promise<void>
{
    const toast = say('Reading…', { stay: 0 });
    try {
        await work();
    } catch (error) {
        complain(`Could not ${what}`, error);
    } finally {
        dismiss(toast);
    }
}

export function download(meant: Meant, form: 'mbox' | 'jsonl'): Promise<void>
{
    return reading('download', async () => {
        const all: Blob[] = [];
        for await (const rows of pagesOf(meant)) {
            all.push(...await pieces[form](rows));
        }
        saveFile(`messages.${form}`, `application/${form}`, new Blob(all));
    });
}

export function copyLinks(meant: Meant): Promise<void>
{
    return reading('copy', async () => {
        const keys = Array.isArray(meant) ? meant : [];
        for await (const rows of Array.isArray(meant) ? [] : pagesOf(meant)) {
            keys.push(...rows.map(keyOf));
        }
        const links = keys.map((key) => new URL(href(address(key)), location.href).href);
        await copyText(links.join('\n'), `Copied ${count(links.length, 'link')}`);
    });
}
