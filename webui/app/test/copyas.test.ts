/* SPDX-License-Identifier: MIT */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { asCurl, asJson, asMarkdown, asNodemailer, asOpenssl, asSmtplib, asSwaks, asText, factsOf } from '../src/wire/copyas.ts';
import { replayScript, steps } from '../src/wire/replay.ts';
import { rowsOf } from '../src/wire/rows.ts';
import { Conversation } from './session.ts';

const octets = (text: string): Uint8Array => new TextEncoder().encode(text);
const opensslOf = (talk: Conversation): string => asOpenssl(talk.transcript, rowsOf(talk.transcript), octets(talk.streams.c));

function login(secret: boolean): Conversation
{
    const talk = new Conversation();
    talk.write(['220 hi\r\n', null]);
    talk.read('EHLO app.local\r\n');
    talk.write(['250-hi\r\n250 AUTH PLAIN\r\n', 2]);
    talk.read(`AUTH PLAIN ${secret ? 'AGFwcABodW50ZXIy' : '****************'}\r\n`);
    const event = talk.events.at(-1);
    Object.assign(event ?? {}, secret ? { secret: { off: 11, len: 16 } } : { masked: { off: 11, len: 16 } });
    talk.write(['235 2.7.0 welcome\r\n', 4]);
    const [mail, rcpt, data] = talk.read('MAIL FROM:<a@x.test>\r\n', "RCPT TO:<o'b@x.test>\r\n", 'DATA\r\n');
    talk.write(['250 ok\r\n', mail ?? 0], ['250 ok\r\n', rcpt ?? 0], ['354 go\r\n', data ?? 0]);
    talk.body('hello\r\n.\r\n', { message: 42 });
    return talk;
}

test('text has a line for each line, with its time and direction', () => {
    const text = asText(rowsOf(login(false).transcript));
    assert.match(text, /^ +\+0\.0 {2}S {2}220 hi$/m);
    assert.match(text, /C {2}\[message data: 10 octets on the wire, m42\]/);
});

for (const [name, form] of Object.entries({
    text: (talk: Conversation) => asText(rowsOf(talk.transcript)), markdown: (talk: Conversation) => asMarkdown(rowsOf(talk.transcript), 7),
    swaks: (talk: Conversation) => asSwaks(talk.transcript, rowsOf(talk.transcript)), openssl: (talk: Conversation) => opensslOf(talk),
    curl: (talk: Conversation) => asCurl(talk.transcript, rowsOf(talk.transcript)), smtplib: (talk: Conversation) => asSmtplib(talk.transcript, rowsOf(talk.transcript)),
    nodemailer: (talk: Conversation) => asNodemailer(talk.transcript, rowsOf(talk.transcript)),
})) {
    test(`${name} has no secret that was not revealed`, () => {
        assert.doesNotMatch(form(login(false)), /hunter2|AGFwcABodW50ZXIy|\*\*\*\*/);
    });
}

test('swaks gets the envelope, the login and pipelining, quoted for a shell', () => {
    const talk = login(true);
    const line = asSwaks(talk.transcript, rowsOf(talk.transcript));
    assert.match(line, /--from a@x\.test --to 'o'\\''b@x\.test'/);
    assert.match(line, /--auth PLAIN --auth-user app --auth-password hunter2/);
    assert.match(line, /--pipeline/);
});

test('swaks and curl say one message of several, and say so', () => {
    const talk = new Conversation();
    talk.read('LHLO app.local\r\n');
    for (const [who, id] of [['one', null], ['two', 7], ['three', 8]] as const) {
        talk.read(`MAIL FROM:<${who}@x.test>\r\n`);
        talk.read(`RCPT TO:<to-${who}@x.test>\r\n`);
        talk.read('BDAT 5 LAST\r\n');
        talk.body('hello', { message: id, eod: 'bdat' });
    }
    const transcript = talk.transcript;
    transcript.messages = [7, 8].map((id) => ({ id, event: 1, mail_from: null, rcpt_to: [], size: 5, wire_size: 5 }));
    transcript.session.listener = '0.0.0.0:2525';
    transcript.session.local = '10.1.2.3:2525';
    const line = asSwaks(transcript, rowsOf(transcript));
    assert.match(line, /^# one message of 3: .*\n# the session sent its data with BDAT: .*\nswaks --server 10\.1\.2\.3:2525 /);
    assert.match(line, /--from two@x\.test --to to-two@x\.test .*--protocol LMTP.* --data @m7\.eml/);
    assert.match(asCurl(transcript, rowsOf(transcript)), /--mail-from two@x\.test --mail-rcpt to-two@x\.test -T m7\.eml/);
});

test('openssl never takes a line for its own command', () => {
    assert.match(opensslOf(login(true)), /-crlf -nocommands -ign_eof /);
});

test('openssl gets the message as it crossed the wire, in a here-document that it does not end', () => {
    const talk = login(true);
    talk.body('Subject: x\r\n\r\n..dot\r\nEND\r\n.\r\n');
    talk.read('QUIT\r\n');
    assert.match(opensslOf(talk), /<<'END_'\nEHLO app\.local\n[^]*\nDATA\nhello\n\.\nSubject: x\n\n\.\.dot\nEND\n\.\nQUIT\nEND_\n$/);
});

test('JSON holds the events of the chosen rows alone', () => {
    const talk = login(false);
    const events = JSON.parse(asJson(talk.transcript, rowsOf(talk.transcript).slice(0, 2))) as unknown[];
    assert.equal(events.length, 2);
});

test('the replay sends what was read, read by read, and waits for the replies that came between', () => {
    const talk = login(true);
    const made = steps(talk.transcript, rowsOf(talk.transcript), octets(talk.streams.c));
    assert.equal(made.map((one) => atob(one.send)).join(''), talk.streams.c);
    assert.deepEqual(made.map((one) => one.codes), [[250], [235], [250, 250, 354], []]);
    const script = replayScript(talk.transcript, rowsOf(talk.transcript), octets(talk.streams.c));
    assert.match(script, /GREETING = 220/);
    assert.match(script, /default="127\.0\.0\.1"/);
});

test('the replay turns to TLS where the session did', () => {
    const talk = new Conversation();
    talk.write(['220 hi\r\n', null]);
    talk.read('STARTTLS\r\n');
    talk.write(['220 go\r\n', 2]).tls().read('EHLO a\r\n');
    const made = steps(talk.transcript, rowsOf(talk.transcript), octets(talk.streams.c));
    assert.deepEqual(made.map((one) => one.tls), [true, false]);
});

test('a session inside TLS from the start is replayed and copied so', () => {
    const talk = login(true);
    const { transcript } = talk;
    transcript.session.tls = { ...transcript.session.tls, version: 'TLSv1.3', mode: 'implicit', sni: 'app.test' } as typeof transcript.session.tls;
    const rows = rowsOf(transcript);
    const facts = factsOf(transcript, rows);
    assert.deepEqual([facts.tls, facts.implicit, facts.sni, facts.helo, facts.from], [true, true, 'app.test', 'app.local', 'a@x.test']);
    assert.deepEqual(facts.auth, { mechanism: 'PLAIN', user: 'app', password: 'hunter2' });
    assert.match(asSwaks(transcript, rows), /--tls-on-connect/);
    assert.match(asSmtplib(transcript, rows), /SMTP_SSL/);
    assert.match(replayScript(transcript, rows, octets(talk.streams.c)), /IMPLICIT_TLS = True/);
});
