/* SPDX-License-Identifier: MIT */
// A session in the forms that people paste elsewhere. Pure; a secret is never more than its length unless the rows have it.

import { toText } from './bytes.ts';
import { ms } from './format.ts';
import type { WireRow } from './rows.ts';
import type { Transcript, TranscriptMessage } from './transcript.ts';
import { saysOf, tlsSentence } from './words.ts';

const quote = (text: string): string => (/^[A-Za-z0-9@%+=:,./_-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** What a row says, a secret as its length. */
export function textLine(row: WireRow): string
{
    if (row.masked) {
        const { off, len } = row.masked;
        return `${toText(row.text.subarray(0, off))}[${len} octets hidden]`;
    }
    switch (row.kind) {
        case 'body': return `[message data: ${row.bytes} octets on the wire${row.raw.message ? `, m${row.raw.message}` : ''}]`;
        case 'tls': return tlsSentence(row.raw);
        case 'fault': case 'note': case 'close': return saysOf(row);
        default: return toText(row.text).replace(/\r?\n$/, '');
    }
}

const letter = (row: WireRow): string => (row.dir === 's' ? 'S' : row.dir === 'c' ? 'C' : '=');

/** "+12.4  S  550 5.1.1 No such user" */
export function asText(rows: WireRow[]): string
{
    return rows.flatMap((row) => textLine(row).split(/\r?\n/).map((line, i) => {
        const time = i === 0 ? `+${ms(row.tUs)}` : '';
        return `${time.padStart(9)}  ${letter(row)}  ${line}`;
    })).join('\n') + '\n';
}

export function asMarkdown(rows: WireRow[], session: number): string
{
    const remarks = rows.flatMap((row) => row.remarks.map((one) => `- **${one.severity}** row ${row.event}: ${toText(one.text)} (\`${one.check}\`${one.source ? `, ${one.source}` : ''})`));
    const found = remarks.length > 0 ? `\n${remarks.join('\n')}\n` : '';
    return `SMTP session s${session}:\n\n\`\`\`text\n${asText(rows)}\`\`\`\n${found}`;
}

export function asJson(transcript: Transcript, rows: WireRow[]): string
{
    const wanted = new Set(rows.flatMap((row) => [row.event, ...row.remarks.map((one) => one.event)]));
    return JSON.stringify(transcript.events.filter((event) => wanted.has(event.event)), null, 2) + '\n';
}

/** Of several messages the first one that was kept, else the first that was tried: the forms below can say only one. */
function transactionOf(transcript: Transcript, rows: WireRow[]): number
{
    const kept = rows.find((row) => row.kind === 'body' && transcript.messages.some((one) => one.id === row.raw.message));
    return (kept ?? rows.find((row) => row.verb === 'MAIL'))?.transaction ?? -1;
}

interface Facts {
    server: string;
    helo: string;
    from: string;
    to: string[];
    tls: boolean;
    implicit: boolean;
    pipelined: boolean;
    auth: { mechanism: string; user: string | null; password: string | null } | null;
    message: TranscriptMessage | null;
    sni: string | null;
    /** MAIL commands beside the one that is told. */
    others: number;
    lmtp: boolean;
    chunked: boolean;
}

const inBrackets = (row: WireRow | undefined): string => /<([^>]*)>/.exec(toText(row?.text ?? null))?.[1] ?? '';

function decoded(text: string): string
{
    try {
        return atob(text.trim());
    } catch {
        return '';
    }
}

/** What the client said of itself in AUTH; user and password only where the rows have them in the clear. */
function authOf(rows: WireRow[]): Facts['auth']
{
    const command = rows.find((row) => row.kind === 'client' && row.verb === 'AUTH');
    if (!command) {
        return null;
    }
    const clear = (row: WireRow): string => toText(row.masked ? row.text.subarray(0, row.masked.off) : row.text);
    const [, mechanism = 'PLAIN', initial] = clear(command).trim().split(/\s+/);
    const lines = rows.filter((row) => row.kind === 'sasl' && row.dir === 'c').map(clear);
    const said = [...(initial ? [initial] : []), ...lines].map(decoded);
    const name = (mechanism || 'PLAIN').toUpperCase();
    const [user = null, password = null] = name === 'PLAIN' ? (said[0] ?? '').split('\0').slice(1) : said;
    return { mechanism: name, user: user || null, password: password || null };
}

/** Where to connect: behind a listener on all addresses, the one that the client used. */
export function serverOf({ session }: Transcript): string
{
    const where = /^[a-z]*:?(0\.0\.0\.0|\[::\]):/.test(session.listener) && session.local ? session.local : session.listener;
    return where.replace(/^[a-z]+:(?=.*:)/, '');
}

export function factsOf(transcript: Transcript, rows: WireRow[]): Facts
{
    const command = (verb: string): WireRow | undefined => rows.find((row) => row.kind === 'client' && row.verb === verb);
    const greeting = command('EHLO') ?? command('HELO') ?? command('LHLO');
    const { tls } = transcript.session;
    const told = transactionOf(transcript, rows);
    const mine = rows.filter((row) => row.transaction === told);
    const id = mine.find((row) => row.kind === 'body')?.raw.message;
    return {
        server: serverOf(transcript),
        helo: toText(greeting?.text ?? null).trim().split(/\s+/)[1] ?? 'localhost',
        from: inBrackets(mine.find((row) => row.verb === 'MAIL')),
        to: mine.filter((row) => row.kind === 'client' && row.verb === 'RCPT').map(inBrackets),
        tls: tls !== null, implicit: tls?.mode === 'implicit', pipelined: rows.some((row) => row.group !== null),
        auth: authOf(rows), message: transcript.messages.find((one) => one.id === id) ?? null, sni: tls?.sni ?? null,
        others: rows.filter((row) => row.kind === 'client' && row.verb === 'MAIL' && row.transaction !== told).length,
        lmtp: greeting?.verb === 'LHLO', chunked: mine.some((row) => row.verb === 'BDAT'),
    };
}

/** The same commands, not the same bytes: swaks stuffs dots, turns LF into CRLF and adds an empty line. */
export function asSwaks(transcript: Transcript, rows: WireRow[]): string
{
    const facts = factsOf(transcript, rows);
    const words = ['swaks', '--server', facts.server, '--ehlo', facts.helo];
    if (rows.some((row) => row.verb === 'MAIL')) {
        words.push('--from', facts.from || '<>');
    }
    if (facts.to.length > 0) {
        words.push('--to', facts.to.join(','));
    }
    if (facts.auth) {
        words.push('--auth', facts.auth.mechanism, '--auth-user', facts.auth.user ?? 'USER', '--auth-password', facts.auth.password ?? 'PASSWORD');
    }
    if (facts.tls) {
        words.push(facts.implicit ? '--tls-on-connect' : '--tls');
    }
    if (facts.lmtp || rows.some((row) => row.verb === 'HELO')) {
        words.push('--protocol', facts.lmtp ? 'LMTP' : 'SMTP');
    }
    if (facts.pipelined) {
        words.push('--pipeline');
    }
    if (facts.message) {
        words.push('--data', `@m${facts.message.id}.eml`);
    } else if (!rows.some((row) => row.kind === 'body')) {
        words.push('--quit-after', facts.to.length > 0 ? 'RCPT' : 'EHLO');
    }
    const notes = [
        facts.others > 0 && `# one message of ${facts.others + 1}: swaks sends one for each run`,
        facts.chunked && '# the session sent its data with BDAT: swaks uses DATA',
    ].filter(Boolean).map((note) => `${note as string}\n`).join('');
    return notes + words.map(quote).join(' ') + '\n';
}

/** What the client said in a row, as lines without their ends; a message as it crossed the wire, cut from the client's stream. */
function linesOf(row: WireRow, stream: Uint8Array): string[]
{
    if (row.kind === 'body') {
        return toText(stream.subarray(row.off, row.off + row.bytes)).replace(/\r?\n$/, '').split(/\r?\n/);
    }
    return [row.masked ? `${toText(row.text.subarray(0, row.masked.off))}SECRET` : toText(row.text).replace(/\r?\n$/, '')];
}

/** A word that no line is, to end a here-document with. */
function delimiter(lines: string[]): string
{
    let word = 'END';
    while (lines.includes(word)) {
        word += '_';
    }
    return word;
}

/**
 * A here-document for openssl. Without -nocommands it would take a line that begins with R or Q as its own command, and
 * without -ign_eof leave with the last line, before the replies. `stream` is what the client sent.
 */
export function asOpenssl(transcript: Transcript, rows: WireRow[], stream: Uint8Array): string
{
    const facts = factsOf(transcript, rows);
    const mode = facts.implicit ? '' : ` -starttls ${facts.lmtp ? 'lmtp' : 'smtp'}`;
    const secure = facts.tls ? rows.slice(rows.findIndex((row) => row.kind === 'tls') + 1) : rows;
    const lines = secure.filter((row) => row.dir === 'c').flatMap((row) => linesOf(row, stream));
    const end = delimiter(lines);
    const sni = facts.sni ?? facts.helo;
    const note = facts.tls ? '' : '# the session had no TLS: this needs a listener that offers it\n';
    const name = facts.implicit ? '' : ` -name ${quote(facts.helo)}`;
    return `${note}openssl s_client -connect ${facts.server}${mode} -crlf -nocommands -ign_eof -servername ${quote(sni)}${name} <<'${end}'\n${lines.join('\n')}\n${end}\n`;
}

export function asCurl(transcript: Transcript, rows: WireRow[]): string
{
    const facts = factsOf(transcript, rows);
    const words = ['curl', '--url', `${facts.implicit ? 'smtps' : 'smtp'}://${facts.server}/${facts.helo}`, '--mail-from', facts.from];
    facts.to.forEach((one) => words.push('--mail-rcpt', one));
    if (facts.auth) {
        words.push('--user', `${facts.auth.user ?? 'USER'}:${facts.auth.password ?? 'PASSWORD'}`);
    }
    if (facts.tls) {
        words.push('--ssl-reqd', '--cacert', 'ca.pem');
    }
    return [...words, '-T', facts.message ? `m${facts.message.id}.eml` : '-'].map(quote).join(' ') + '\n';
}

export function asSmtplib(transcript: Transcript, rows: WireRow[]): string
{
    const facts = factsOf(transcript, rows);
    const [host, port] = [facts.server.slice(0, facts.server.lastIndexOf(':')), facts.server.slice(facts.server.lastIndexOf(':') + 1)];
    const text = JSON.stringify;
    return [
        'import smtplib', '',
        `with smtplib.SMTP${facts.implicit ? '_SSL' : ''}(${text(host)}, ${port}, local_hostname=${text(facts.helo)}) as client:`,
        ...(facts.tls && !facts.implicit ? ['    client.starttls()'] : []),
        ...(facts.auth ? [`    client.login(${text(facts.auth.user ?? 'USER')}, ${text(facts.auth.password ?? 'PASSWORD')})`] : []),
        `    message = open(${text(facts.message ? `m${facts.message.id}.eml` : 'message.eml')}, "rb").read()`,
        `    client.sendmail(${text(facts.from)}, ${text(facts.to)}, message)`, '',
    ].join('\n');
}

export function asNodemailer(transcript: Transcript, rows: WireRow[]): string
{
    const facts = factsOf(transcript, rows);
    const text = JSON.stringify;
    const at = facts.server.lastIndexOf(':');
    const auth = facts.auth ? `, auth: { user: ${text(facts.auth.user ?? 'USER')}, pass: ${text(facts.auth.password ?? 'PASSWORD')} }` : '';
    return `const nodemailer = require("nodemailer");
const transport = nodemailer.createTransport({
    host: ${text(facts.server.slice(0, at))}, port: ${facts.server.slice(at + 1)}, name: ${text(facts.helo)},
    secure: ${facts.implicit}, ${facts.tls ? 'requireTLS: true, tls: { rejectUnauthorized: false }' : 'ignoreTLS: true'}${auth},
});
transport.sendMail({
    envelope: { from: ${text(facts.from)}, to: ${text(facts.to)} },
    raw: { path: ${text(facts.message ? `m${facts.message.id}.eml` : 'message.eml')} },
});
`;
}
