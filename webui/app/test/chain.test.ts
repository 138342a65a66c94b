/* SPDX-License-Identifier: MIT */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { align, stretches } from '../src/wire/compare.ts';
import { draw, foldKeys } from '../src/wire/fold.ts';
import { hopsOf } from '../src/wire/received.ts';
import { asReport } from '../src/wire/report.ts';
import { type WireRow, rowsOf } from '../src/wire/rows.ts';
import { tlsCauses, tlsSentence } from '../src/wire/words.ts';
import { Conversation } from './session.ts';

const field = (name: string, value: string): { name: string; value: string; raw: string; offset: number } => ({ name, value, raw: value, offset: 0 });

function talkTo(code: string): Conversation
{
    const talk = new Conversation();
    talk.write(['220 ready\r\n', null]);
    const [mail] = talk.read('MAIL FROM:<a@x.test>\r\n');
    talk.write([`${code}\r\n`, mail ?? 0]);
    const [quit] = talk.read('QUIT\r\n');
    return talk.write(['221 bye\r\n', quit ?? 0]);
}

test('the way of a message begins at its last Received field', () => {
    const hops = hopsOf([
        field('Received', 'from mx1.test (mx1.test [10.0.0.5])\r\n by relay.test with ESMTPS id abc; Sat, 21 Nov 2026 10:00:03 +0000 (UTC)'),
        field('Subject', 'Hello'),
        field('received', 'from app by mx1.test; Sat, 21 Nov 2026 10:00:00 +0000'),
    ]);
    assert.deepEqual(hops.map((hop) => [hop.from, hop.by, hop.with, hop.id, hop.delay]), [
        ['app', 'mx1.test', null, null, null], ['mx1.test (mx1.test [10.0.0.5])', 'relay.test', 'ESMTPS', 'abc', 3000],
    ]);
});

test('a hop without a readable date or clauses is still a hop', () => {
    assert.deepEqual(hopsOf([field('Received', 'something else'), field('Received', 'by x; yesterday')]).map((hop) => [hop.by, hop.at, hop.delay]),
        [['x', null, null], [null, null, null]]);
});

test('two sessions that say the same differ nowhere, whatever their times', () => {
    const [left, right] = [rowsOf(talkTo('250 ok').transcript), rowsOf(talkTo('250 ok').wait(900).transcript)];
    assert.ok(align(left, right).pairs.every((pair) => !pair.differs));
});

test('another reply stands beside the gap, and the rows behind it are aligned again', () => {
    const { pairs } = align(rowsOf(talkTo('250 ok').transcript), rowsOf(talkTo('550 no').transcript));
    assert.deepEqual(pairs.map((pair) => [pair.left?.code ?? pair.left?.verb ?? null, pair.right?.code ?? pair.right?.verb ?? null, pair.differs]), [
        [220, 220, false], ['MAIL', 'MAIL', false], [250, null, true], [null, 550, true], ['QUIT', 'QUIT', false], [221, 221, false],
    ]);
});

/** A session of many commands, each of which is answered. */
function talkMuch(...verbs: string[]): WireRow[]
{
    const talk = new Conversation();
    for (const verb of verbs) {
        const [asked = 0] = talk.read(`${verb}\r\n`);
        talk.write(['250 ok\r\n', asked]);
    }
    return rowsOf(talk.transcript);
}

test('thousands of rows are aligned whole, also where one is missing in the middle', () => {
    const verbs = Array.from({ length: 3000 }, (_, i) => `V${i}`);
    const { pairs, apart } = align(talkMuch(...verbs), talkMuch(...verbs.filter((_, i) => i !== 100 && i !== 2500), 'LAST'));
    assert.equal(apart, 0);
    const differing = pairs.filter((pair) => pair.differs);
    assert.deepEqual(differing.flatMap((pair) => pair.left?.verb ?? pair.right?.verb ?? []), ['V100', 'V2500', 'LAST']);
    assert.equal(differing.length, 6);
    assert.equal(pairs.filter((pair) => pair.left).length, 6000);
    assert.equal(pairs.filter((pair) => pair.right).length, 5998);
});

test('an alignment finds the longest common part', () => {
    const { pairs } = align(talkMuch('A', 'B', 'C', 'D', 'E'), talkMuch('X', 'C', 'D', 'A', 'E'));
    assert.deepEqual(pairs.filter((pair) => !pair.differs && pair.left?.kind === 'client').map((pair) => pair.left?.verb), ['C', 'D', 'E']);
});

test('what is too much to be aligned stands apart, its ends beside each other', () => {
    const many = (letter: string): string[] => ['FIRST', ...Array.from({ length: 5100 }, (_, i) => `${letter}${i}`), 'LAST'];
    const { pairs, apart } = align(talkMuch(...many('A')), talkMuch(...many('B')));
    // Between FIRST and LAST, without the reply to FIRST and the reply before LAST: they are the same.
    assert.equal(apart, 2 * (2 * 5100 - 1));
    assert.equal(pairs[0]?.differs, false);
    assert.equal(pairs.at(-1)?.differs, false);
});

test('what says the same is drawn only beside what differs', () => {
    const verbs = Array.from({ length: 60 }, (_, i) => `V${i}`);
    const { pairs } = align(talkMuch(...verbs), talkMuch(...verbs.filter((_, i) => i !== 30)));
    const drawn = stretches(pairs, new Set());
    assert.deepEqual(drawn.map((one) => ('pairs' in one ? one.pairs.length : -one.same)), [-57, 8, -55]);
    assert.deepEqual(stretches(pairs, new Set([0])).map((one) => ('pairs' in one ? one.pairs.length : -one.same)), [57, 8, -55]);
});

test('a command that nobody answered has a row that says so, before the end', () => {
    const talk = new Conversation();
    talk.write(['220 ready\r\n', null]);
    const [mail] = talk.read('MAIL FROM:<a@x.test>\r\n');
    talk.say('close', { text: 'client_reset' });
    const rows = rowsOf(talk.transcript);
    assert.deepEqual(rows.map((row) => row.raw.type), ['reply', 'cmd', 'noreply', 'close']);
    assert.equal(rows[2]?.answers, mail);
    assert.ok(rowsOf(talkTo('250 ok').transcript).every((row) => row.raw.type !== 'noreply'));
});

test('a pipelined group folds to one row, and says when nobody had offered it', () => {
    const talk = new Conversation();
    talk.read('MAIL FROM:<a@x.test>\r\n', 'RCPT TO:<b@x.test>\r\n', 'DATA\r\n');
    const rows = rowsOf(talk.transcript);
    assert.equal(rows[0]?.group?.offered, false);
    const drawn = draw(rows, new Set(foldKeys(rows, false)));
    assert.deepEqual(drawn.map((one) => one.fold?.label), ['3 commands pipelined']);
    assert.equal(draw(rows, new Set(foldKeys(rows))).length, 3);
});

test('a failed handshake says what is likely', () => {
    const event = { event: 1, t_us: 0, type: 'tls', detail: { version: null, alert: 'unknown_ca', error: 'tlsv1 alert unknown ca' } };
    assert.match(tlsSentence(event), /^TLS failed: tlsv1 alert unknown ca/);
    assert.match(tlsCauses(event)[0] ?? '', /does not trust our certificate/);
    assert.deepEqual(tlsCauses({ ...event, detail: { version: 'TLSv1.3' } }), []);
});

test('a report is one file without scripts, in which nothing of the session is markup', () => {
    const talk = talkTo('550 <script>alert(1)</script>');
    const html = asReport(talk.transcript, rowsOf(talk.transcript), 'REFUSED');
    assert.ok(!html.includes('<script'));
    assert.match(html, /550 &lt;script&gt;/);
    assert.match(html, /<title>SMTP session s7: REFUSED<\/title>/);
});
