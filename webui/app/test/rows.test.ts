/* SPDX-License-Identifier: MIT */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { draw, foldKeys, hides, keywords } from '../src/wire/fold.ts';
import { firstRefusal, rowsOf, shares, slowest } from '../src/wire/rows.ts';
import { extend } from '../src/wire/transcript.ts';
import { saysOf } from '../src/wire/words.ts';
import { Conversation } from './session.ts';

function pipelined(): Conversation
{
    const talk = new Conversation();
    talk.write(['220 ready\r\n', null]).wait(1000);
    const [mail, rcpt, eve, data] = talk.read('MAIL FROM:<a@x.test>\r\n', 'RCPT TO:<b@x.test>\r\n', 'RCPT TO:<eve@x.test>\r\n', 'DATA\r\n');
    talk.wait(200).write(['250 2.1.0 ok\r\n', mail ?? 0], ['250 2.1.5 ok\r\n', rcpt ?? 0], ['550 5.1.1 no such user\r\n', eve ?? 0], ['354 go\r\n', data ?? 0]);
    return talk;
}

test('rows stand in the order in which the octets crossed the wire', () => {
    const talk = new Conversation();
    const [mail, rcpt] = talk.read('MAIL FROM:<a@x.test>\r\n', 'RCPT TO:<b@x.test>\r\n');
    talk.write(['250 ok\r\n', mail ?? 0], ['250 ok\r\n', rcpt ?? 0]);
    // The server notes a reply as soon as it has answered a command, before it looks at the next one.
    const [first, second, third, fourth] = talk.events;
    talk.events = [first, third, second, fourth].map((event, i) => ({ ...(event as typeof talk.events[0]), event: i + 1 }));
    assert.deepEqual(rowsOf(talk.transcript).map((row) => row.dir), ['c', 'c', 's', 's']);
});

test('commands of one read are a group, with its size and its octets', () => {
    const rows = rowsOf(pipelined().transcript);
    const group = rows.filter((row) => row.group);
    assert.deepEqual(group.map((row) => row.group?.place), ['start', 'middle', 'middle', 'end']);
    assert.equal(group[0]?.group?.size, 4);
    assert.equal(group[0]?.group?.bytes, 70);
    assert.equal(rows.filter((row) => row.answersGroup).length, 4);
});

test('the same commands in reads of their own are no group', () => {
    const talk = new Conversation();
    for (const text of ['MAIL FROM:<a@x.test>\r\n', 'RCPT TO:<b@x.test>\r\n']) {
        const [number] = talk.wait(50_000).read(text);
        talk.write(['250 ok\r\n', number ?? 0]);
    }
    assert.ok(rowsOf(talk.transcript).every((row) => row.group === null));
});

test('times never run backwards and deltas add up to the last row', () => {
    const rows = rowsOf(pipelined().transcript);
    assert.ok(rows.every((row) => row.deltaUs >= 0));
    assert.equal(rows.reduce((sum, row) => sum + row.deltaUs, 0), rows.at(-1)?.tUs);
    assert.deepEqual(shares(rows), { client: 1000, server: 200, tls: 0 });
    assert.equal(slowest(rows)[0]?.verb, 'MAIL');
});

test('the end says how much was left unread', () => {
    const talk = new Conversation();
    const [quit] = talk.read('QUIT\r\n');
    talk.write(['221 bye\r\n', quit ?? 0]);
    talk.say('close', { off: 6, text: 'quit' });
    assert.deepEqual(rowsOf(talk.transcript).slice(-1).map((row) => [row.bytes, saysOf(row)]), [[0, 'closed after QUIT']]);

    const behind = new Conversation();
    behind.read('QUIT\r\n');
    behind.say('close', { off: 18, text: 'quit' });
    const end = rowsOf(behind.transcript).at(-1);
    assert.ok(end);
    assert.deepEqual([end.off, end.bytes, saysOf(end)], [6, 12, 'closed after QUIT · 12 bytes unread']);
});

test('the octets of the rows are those of the streams', () => {
    const talk = pipelined();
    talk.body('..x\r\n.\r\n', { dots: [0], body_len: 4 });
    const rows = rowsOf(talk.transcript);
    assert.equal(rows.filter((row) => row.dir === 'c').reduce((sum, row) => sum + row.bytes, 0), talk.streams.c.length);
    assert.equal(rows.filter((row) => row.dir === 's').reduce((sum, row) => sum + row.bytes, 0), talk.streams.s.length);
});

test('the first refusal is the first reply of 4xx or 5xx', () => {
    assert.equal(firstRefusal(rowsOf(pipelined().transcript))?.code, 550);
    assert.equal(firstRefusal([]), null);
});

test('a line that came in pieces knows them all', () => {
    const talk = new Conversation();
    talk.chunks = [['c', 0, 2, 0, 'plain'], ['c', 2, 2, 10, 'plain'], ['c', 4, 2, 20, 'plain']];
    talk.events = [{ event: 1, t_us: 20, type: 'cmd', dir: 'c', off: 0, len: 6, text: 'QUIT\r\n', verb: 'QUIT' }];
    const [row] = rowsOf(talk.transcript);
    assert.equal(row?.segments.length, 3);
    assert.equal(row?.tUs, 0);
});

test('a remark stands at the row that holds its octets', () => {
    const talk = pipelined();
    talk.say('finding', { dir: 'c', check: 'x', severity: 'warning', text: 'odd', at: { dir: 'c', offset: 25, length: 1 } });
    const holder = rowsOf(talk.transcript).find((row) => row.remarks.length > 0);
    assert.equal(holder?.verb, 'RCPT');
});

test('rows after TLS began are marked', () => {
    const talk = new Conversation();
    talk.read('STARTTLS\r\n');
    talk.write(['220 go\r\n', 1]).tls().read('EHLO a\r\n');
    assert.deepEqual(rowsOf(talk.transcript).map((row) => row.secure), [false, false, true, true]);
});

test('each MAIL begins a transaction', () => {
    const talk = new Conversation();
    talk.read('EHLO a\r\n');
    talk.read('MAIL FROM:<>\r\n');
    talk.read('RSET\r\n');
    talk.read('MAIL FROM:<b@x.test>\r\n');
    assert.deepEqual(rowsOf(talk.transcript).map((row) => row.transaction), [-1, 0, 0, 1]);
});

test('a long EHLO reply folds to its keywords', () => {
    const talk = new Conversation();
    talk.read('EHLO a\r\n');
    talk.write(['250-host\r\n250-SIZE 1000\r\n250 PIPELINING\r\n', 1]);
    const rows = rowsOf(talk.transcript);
    assert.deepEqual(keywords(rows[1] as typeof rows[0]), ['SIZE 1000', 'PIPELINING']);
    const [, reply] = draw(rows, new Set());
    assert.equal(reply?.fold?.label, '250 EHLO reply, 3 lines: SIZE 1000 PIPELINING');
    assert.equal(draw(rows, new Set(['2']))[1]?.fold?.open, true);
});

function manyRecipients(count: number, refused: number[]): Conversation
{
    const talk = new Conversation();
    const [mail] = talk.read('MAIL FROM:<a@x.test>\r\n');
    talk.write(['250 ok\r\n', mail ?? 0]);
    for (let i = 0; i < count; i++) {
        const [rcpt] = talk.read(`RCPT TO:<u${i}@x.test>\r\n`);
        talk.write([refused.includes(i) ? '550 5.1.1 no\r\n' : '250 2.1.5 ok\r\n', rcpt ?? 0]);
    }
    talk.read('DATA\r\n');
    return talk;
}

test('many recipients fold to one row, the refused ones stay in sight', () => {
    const rows = rowsOf(manyRecipients(5000, [17, 4000]).transcript);
    const drawn = draw(rows, new Set());
    assert.equal(drawn.length, 2 + 1 + 4 + 1);
    assert.equal(drawn[2]?.fold?.label, 'RCPT × 5,000: 4,998 accepted, 2 refused');
    assert.equal(draw(rows, new Set(foldKeys(rows))).length, rows.length + 1);
});

test('eight recipients do not fold', () => {
    const rows = rowsOf(manyRecipients(8, []).transcript);
    assert.equal(draw(rows, new Set()).length, rows.length);
});

test('a hidden row knows what hides it', () => {
    const rows = rowsOf(manyRecipients(20, []).transcript);
    const hidden = rows.find((row) => row.verb === 'RCPT' && row.text.includes(57))?.event ?? 0;
    assert.match(hides(rows, hidden) ?? '', /^rcpt /);
    assert.equal(hides(rows, rows[0]?.event ?? 0), null);
});

test('pipelined recipients fold although the reply to MAIL stands between', () => {
    const talk = new Conversation();
    const numbers = talk.read('MAIL FROM:<>\r\n', ...Array.from({ length: 12 }, (_, i) => `RCPT TO:<u${i}@x.test>\r\n`));
    talk.write(...numbers.map((number): [string, number] => ['250 ok\r\n', number]));
    const drawn = draw(rowsOf(talk.transcript), new Set());
    assert.equal(drawn.length, 3);
    assert.equal(drawn[1]?.fold?.label, 'RCPT × 12: 12 accepted, 0 refused');
});

test('what came later is added to what was read before', () => {
    const talk = new Conversation();
    talk.read('EHLO a\r\n');
    const before = { ...talk.transcript, chunks: [...talk.chunks], events: [...talk.events] };
    talk.write(['250 ok\r\n', 1]);
    const after = { ...talk.transcript, chunks: talk.chunks.slice(0), events: talk.events.slice(0) };
    assert.deepEqual(extend(before, { ...after, events: after.events.slice(1) }).events.length, 2);
    assert.equal(extend(before, after).chunks.length, 2);
});
