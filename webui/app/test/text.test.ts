/* SPDX-License-Identifier: MIT */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Rows } from '../src/store/rows.ts';
import type { Row } from '../src/types.ts';
import { frameworks } from '../src/views/setup/snippets.ts';
import { meaning } from '../src/wire/codes.ts';
import { ago, clock, count, day, duration, micros, moment, ms, size, thousands } from '../src/wire/format.ts';
import { oddities } from '../src/wire/headers.ts';
import { links, quoteDepth, reflow } from '../src/wire/links.ts';
import { tlsFacts, tlsSentence, wordsOf } from '../src/wire/words.ts';

test('numbers read the same everywhere', () => {
    assert.equal(thousands(1234567), '1,234,567');
    assert.equal(size(412), '412 B');
    assert.equal(size(18_207), '18 KB');
    assert.equal(size(1_440_000), '1.4 MB');
    assert.equal(ms(12_400), '12.4');
    assert.equal(duration(2_100_000), '2.1 s');
    assert.equal(duration(412), '0.4 ms');
    assert.equal(count(1, 'message'), '1 message');
    assert.equal(count(2, 'message'), '2 messages');
});

test('microseconds survive', () => {
    assert.equal(micros('2026-11-21T10:00:00.000002Z') - micros('2026-11-21T10:00:00Z'), 2);
    assert.equal(ago('2026-11-21T10:00:00Z', new Date('2026-11-21T10:03:05Z')), '3 min ago');
});

test('a time says its day only when that is another one', () => {
    // In whatever zone this runs: the parts are local, and so is what is shown.
    const at = new Date(2026, 10, 5, 7, 8, 9, 45);
    const iso = at.toISOString();
    assert.equal(clock(iso), '07:08:09.045');
    assert.equal(day(iso), '2026-11-05');
    assert.equal(moment(iso, new Date(2026, 10, 5, 23, 59)), '07:08:09.045');
    assert.equal(moment(iso, new Date(2026, 10, 6, 0, 1)), '2026-11-05 07:08:09');
});

test('links end where the address does', () => {
    assert.deepEqual(links('see https://x.test/a(b)). Or').map((span) => span.url), [null, 'https://x.test/a(b)', null]);
    assert.deepEqual(links('javascript:alert(1)').map((span) => span.url), [null]);
    assert.deepEqual(links(''), []);
});

test('quotes have a depth', () => {
    assert.equal(quoteDepth('> > a'), 2);
    assert.equal(quoteDepth('a > b'), 0);
});

test('flowed text is joined, signatures and other depths are not', () => {
    assert.equal(reflow('a \r\nb\r\n-- \r\nme', false), 'a b\n-- \nme');
    assert.equal(reflow('> a \r\n> b\r\nc', false), '> a b\nc');
    assert.equal(reflow('a \r\nb', true), 'ab');
});

test('header fields say what is odd about them, and where they stand', () => {
    const field = (name: string, raw: string): { name: string; value: string; raw: string; offset: number } => ({ name, value: raw.trim(), raw, offset: 0 });
    const marked = oddities([field('Subject', ' a\r\n b\r\n'), field('subject', ` ${'x'.repeat(1000)}\r\n`), field('X', ' é\r\n')]);
    assert.deepEqual(marked.map((one) => one.line), [1, 3, 4]);
    assert.deepEqual(marked.map((one) => one.marks), [['duplicate'], ['duplicate', 'line over 998'], ['8-bit']]);
});

test('codes have a meaning', () => {
    assert.equal(meaning(550, '5.1.1'), '550: mailbox unavailable; 5.1.1: no such mailbox');
    assert.equal(meaning(299, null), '299: success');
});

test('events that are no octets have words', () => {
    assert.equal(wordsOf({ event: 1, t_us: 0, type: 'close', text: 'client_closed' }), 'the client closed without QUIT (FIN)');
    assert.equal(tlsSentence({ event: 1, t_us: 0, type: 'tls', detail: { version: 'TLSv1.3', cipher: 'X', sni: 'a.test', resumed: false } }), 'TLS 1.3 X · SNI a.test');
    assert.match(tlsSentence({ event: 1, t_us: 0, type: 'tls', detail: { error: 'unknown_ca' } }), /TLS failed: unknown_ca/);
    assert.deepEqual(tlsFacts({ event: 1, t_us: 0, type: 'tls', detail: { version: 'TLSv1.2', alpn: null } }), { version: 'TLSv1.2' });
    assert.deepEqual(tlsFacts({ event: 1, t_us: 0, type: 'tls' }), {});
});

test('the settings of every framework name the host and the port', () => {
    assert.equal(frameworks.length, 8);
    for (const framework of frameworks) {
        const code = framework.variants.map((variant) => variant.code({ host: 'mail.test', port: 4025 })).join('\n');
        assert.match(code, /mail\.test/, framework.name);
        assert.match(code, /4025/, framework.name);
    }
});

const row = (id: number): Row => ({ kind: 'message', id, seq: id }) as Row;
const ids = (rows: Rows): (number | undefined)[] => Array.from({ length: rows.length }, (_, i) => rows.at(i)?.id);

test('a list has holes where its pages were not read', () => {
    const rows = new Rows('activity');
    rows.resize(10);
    rows.put(0, [row(10), row(9)]);
    rows.put(8, [row(2), row(1)]);
    assert.deepEqual(ids(rows), [10, 9, ...new Array<undefined>(6).fill(undefined), 2, 1]);
    assert.equal(rows.here, 4);
});

test('a new row goes to the top, a known one stays, a late one finds its place', () => {
    const rows = new Rows('activity');
    rows.put(0, [row(9), row(7)]);
    assert.equal(rows.upsert(row(10)), true);
    assert.equal(rows.upsert(row(9)), false);
    assert.equal(rows.upsert(row(8)), true);
    assert.deepEqual(ids(rows), [10, 9, 8, 7]);
});

test('a new row goes to the top also where the top was forgotten', () => {
    const rows = new Rows('activity', 2);
    rows.put(0, [row(9), row(8)]);
    rows.resize(9);
    rows.put(7, [row(2), row(1)]);
    assert.equal(rows.here, 2);
    rows.upsert(row(10));
    assert.equal(rows.length, 10);
    assert.equal(rows.indexOf({ kind: 'message', id: 2 }), 8);
});

test('a deleted row that is not here takes a hole with it', () => {
    const rows = new Rows('messages');
    rows.resize(5);
    rows.put(0, [row(5), row(4)]);
    assert.equal(rows.remove('message', 2, 2), true);
    assert.equal(rows.length, 4);
    assert.equal(rows.remove('message', 5, 5), true);
    assert.deepEqual(ids(rows), [4, undefined, undefined]);
    assert.equal(rows.remove('message', 99, null), false);
});
