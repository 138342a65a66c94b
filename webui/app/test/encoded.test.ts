/* SPDX-License-Identifier: MIT */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { decodeWords, fieldsOf, textIn } from '../src/wire/encoded.ts';
import { htmlLinks, unescape } from '../src/wire/links.ts';

test('encoded words are decoded, the space between two of them is not there', () => {
    assert.equal(decodeWords('=?utf-8?Q?Inn=C3=A9r?='), 'Innér');
    assert.equal(decodeWords('=?utf-8?B?R3LDvMOfZQ==?= =?iso-8859-1?q?_aus_K=F6ln?= und so'), 'Grüße aus Köln und so');
    assert.equal(decodeWords('=?utf-8*de?Q?ja?='), 'ja');
    assert.equal(decodeWords('plain = ?x? text'), 'plain = ?x? text');
    assert.equal(decodeWords('=?utf-8?B?@@@?='), '=?utf-8?B?@@@?=');
});

test('the fields of a block are unfolded and in their order', () => {
    const block = new TextEncoder().encode('From: a@x.test\r\nSubject: one\r\n two\r\nbroken\r\nTo: b@x.test\r\n\r\n');
    assert.deepEqual(fieldsOf(block), [
        { name: 'From', value: 'a@x.test' }, { name: 'Subject', value: 'one two' }, { name: 'To', value: 'b@x.test' },
    ]);
});

test('octets are text in their charset, and in UTF-8 where nobody knows it', () => {
    assert.equal(textIn('iso-8859-1', Uint8Array.of(0xfc)), 'ü');
    assert.equal(textIn('no-such-thing', new TextEncoder().encode('ü')), 'ü');
    assert.equal(textIn(null, new TextEncoder().encode('ü')), 'ü');
});

test('character references are what they stand for', () => {
    assert.equal(unescape('a&amp;b &lt;&#65;&#x42;&gt; &unknown; &#0;'), 'a&b <AB> &unknown; &#0;');
});

test('the links of HTML are listed with their words, those that must not open too', () => {
    const html = `<A HREF="https://a.test/?x=1&amp;y=2" title="1 > 0">Read <b>on</b></A><a name=x>no link</a>
<a href='javascript:alert(1)'>Evil</a><a href=mailto:b@x.test>b</a><a href="#top"></a>`;
    assert.deepEqual(htmlLinks(html), [
        { url: 'https://a.test/?x=1&y=2', text: 'Read on', opens: true },
        { url: 'javascript:alert(1)', text: 'Evil', opens: false },
        { url: 'mailto:b@x.test', text: 'b', opens: true },
        { url: '#top', text: '', opens: false },
    ]);
});

test('an HTML text that never closes its link takes no long time', () => {
    assert.equal(htmlLinks('<a href="x">'.repeat(100_000)).length, 1000);
    assert.equal(htmlLinks(`<a ${'x="'.repeat(300_000)}`).length, 0);
    assert.equal(htmlLinks('<a "">'.repeat(100_000)).length, 0);
});
