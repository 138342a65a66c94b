/* SPDX-License-Identifier: MIT */
// A login as one thing: AUTH, the lines of its exchange and the reply that ends it (RFC 4954 section 4).

import { toText } from './bytes.ts';
import type { WireRow } from './rows.ts';

export interface Login {
    /** The event of its AUTH. */
    first: number;
    /** Rows from AUTH to the reply that ends it. */
    size: number;
    place: 'start' | 'middle' | 'end';
    mechanism: string;
    user: string | null;
    /** The code that ended it; null: nothing did. */
    code: number | null;
    /** What EHLO offered outside TLS and inside it; null: there was no such EHLO. */
    plain: string[] | null;
    secure: string[] | null;
    /** The mechanism was not among those that were offered when it was used. */
    isForeign: boolean;
}

/** The mechanisms in an answer to EHLO; null for any other reply. */
function offeredIn(row: WireRow): string[] | null
{
    if (row.kind !== 'server' || row.code !== 250 || row.lines < 2) {
        return null;
    }
    const line = /^250[- ]AUTH[ =]([^\r\n]*)/im.exec(toText(row.text));
    return (line?.[1] ?? '').trim().split(/\s+/).filter((word) => word !== '').map((word) => word.toUpperCase());
}

/** The end (exclusive) of the exchange that the AUTH at `from` begins. */
function exchangeEnd(rows: WireRow[], from: number): number
{
    const members = new Set([rows[from]?.event]);
    for (let i = from + 1; i < rows.length; i++) {
        const row = rows[i] as WireRow;
        if (row.kind === 'server' && members.has(row.answers ?? -1)) {
            if (row.code !== 334) {
                return i + 1;
            }
        } else if (row.kind === 'sasl') {
            members.add(row.event);
        } else if (row.dir !== null || row.kind === 'close') {
            return i;
        }
    }
    return rows.length;
}

/** Marks the rows of each login. `user` is the one that the last of them logged in as. */
export function markLogins(rows: WireRow[], user: string | null): void
{
    const offered: { plain: string[] | null; secure: string[] | null } = { plain: null, secure: null };
    let last: Login | null = null;
    for (let i = 0; i < rows.length; i++) {
        const row = rows[i] as WireRow;
        const now = offeredIn(row);
        if (now) {
            offered[row.secure ? 'secure' : 'plain'] = now;
        }
        if (row.kind !== 'client' || row.verb !== 'AUTH') {
            continue;
        }
        const members = rows.slice(i, exchangeEnd(rows, i));
        const mechanism = toText(row.masked ? row.text.subarray(0, row.masked.off) : row.text).trim().split(/\s+/)[1]?.toUpperCase() ?? '';
        const ending = members.at(-1);
        const here = offered[row.secure ? 'secure' : 'plain'];
        const login: Login = {
            first: row.event, size: members.length, place: 'start', mechanism, user: null, code: ending?.kind === 'server' && ending.code !== 334 ? ending.code : null,
            ...offered, isForeign: mechanism !== '' && here !== null && !here.includes(mechanism),
        };
        members.forEach((one, n) => {
            one.login = { ...login, place: n === 0 ? 'start' : n === members.length - 1 ? 'end' : 'middle' };
        });
        last = row.login;
        i += members.length - 1;
    }
    if (last) {
        last.user = user;
    }
}

const words = (offered: string[]): string => offered.join(' ') || 'nothing';

/** "LOGIN as app: accepted" */
export function loginSentence(login: Login): string
{
    const end = login.code === null ? 'not finished' : login.code < 300 ? 'accepted' : `refused with ${login.code}`;
    return `${login.mechanism || 'login'}${login.user ? ` as ${login.user}` : ''}: ${end}`;
}

/** What was offered, before TLS and inside it. */
export function offerSentence({ plain, secure }: Login): string
{
    const before = plain && `offered${secure ? ' before TLS' : ''}: ${words(plain)}`;
    const inside = secure && `offered inside TLS: ${words(secure)}`;
    return [before, inside].filter(Boolean).join('; ') || 'no EHLO before it offered a login';
}
