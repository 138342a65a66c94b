/* SPDX-License-Identifier: MIT */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { find, fromBase64, isUtf8, toBase64, toBytes, toText } from '../src/wire/bytes.ts';
import { nameOdd, pieces, utf8Length } from '../src/wire/visible.ts';
import { findIn, hexLines, needle, printable, stuffedDots } from '../src/wire/hex.ts';
import { layout, isStuffed, lineEnd, lineMarks, lineOf, readSource, isOpen, wholeLines } from '../src/wire/source.ts';

const octets = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const shown = (bytes: Uint8Array): string => pieces(bytes).map((piece) => (piece.kind === 'pill' ? `[${piece.text}${piece.lone ? '!' : ''}]` : piece.text)).join('');

for (const [what, bytes, expected] of [
    ['a line end is one quiet pill', octets('a\r\n'), 'a[CR LF]'],
    ['a bare LF and a bare CR are loud', octets('a\nb\rc'), 'a[LF!]b[CR!]c'],
    ['NUL and TAB have names', octets('\0\t'), '[NUL!][TAB]'],
    ['octets that are no UTF-8 are hex', octets('a\xff\xc3b'), 'a[FF][C3]b'],
    ['UTF-8 stays text', new TextEncoder().encode('é 😀'), 'é 😀'],
    ['overlong forms and surrogates are no UTF-8', octets('\xc0\x80\xed\xa0\x80'), '[C0][80][ED][A0][80]'],
    ['a CR LF behind a bare CR is still a line end', octets('\r\r\n'), '[CR!][CR LF]'],
    ['nothing is nothing', octets(''), ''],
] as const) {
    test(what, () => assert.equal(shown(bytes), expected));
}

test('the pieces of random octets cover each of them once', () => {
    let seed = 7;
    for (let round = 0; round < 300; round++) {
        const bytes = Uint8Array.from({ length: 40 }, () => {
            seed = (seed * 1103515245 + 12345) & 0x7fffffff;
            return seed >> 16 & 255;
        });
        let at = 0;
        for (const piece of pieces(bytes)) {
            assert.equal(piece.at, at);
            at += piece.length;
        }
        assert.equal(at, bytes.length);
    }
});

test('a sequence that is cut is no UTF-8', () => {
    assert.equal(utf8Length(octets('\xe2\x82'), 0), 0);
    assert.equal(utf8Length(octets('\xe2\x82\xac'), 0), 3);
});

test('base64 of the API becomes its octets and back', () => {
    assert.deepEqual([...toBytes({ b64: '/wA=' })], [255, 0]);
    assert.equal(toBase64(fromBase64('/wA=')), '/wA=');
    assert.equal(isUtf8(octets('\xff')), false);
    assert.equal(toText({ b64: 'aGk=' }), 'hi');
});

test('a needle is found at its first place from there on', () => {
    assert.equal(find(octets('abcabc'), octets('ca')), 2);
    assert.equal(find(octets('abcabc'), octets('ab'), 1), 3);
    assert.equal(find(octets('abc'), octets('cd')), -1);
    assert.equal(find(octets('abc'), octets('')), -1);
});

test('names show what would turn them around', () => {
    assert.deepEqual(nameOdd('e\u202Egpj.exe').map((piece) => piece.text), ['e', 'U+202E', 'gpj.exe']);
});

test('hex lines hold sixteen octets of one direction', () => {
    const lines = hexLines([['s', 0, 20, 0, 'plain'], ['c', 0, 5, 1, 'plain'], ['c', 5, 2, 2, 'plain']]);
    assert.deepEqual(lines, [{ dir: 's', off: 0, len: 16 }, { dir: 's', off: 16, len: 4 }, { dir: 'c', off: 0, len: 7 }]);
});

test('hex finds text and octets, and goes round', () => {
    const streams = { c: octets('QUIT\r\n'), s: octets('220\r\n') };
    const lines = hexLines([['s', 0, 5, 0, 'plain'], ['c', 0, 6, 1, 'plain']]);
    assert.deepEqual(findIn(lines, streams, needle('QUIT'), null), { line: 1, mark: { dir: 'c', from: 0, to: 4 } });
    const first = findIn(lines, streams, needle('0d 0a'), null);
    assert.deepEqual(first?.mark, { dir: 'c', from: 4, to: 6 });
    assert.deepEqual(findIn(lines, streams, needle('0d 0a'), first?.mark ?? null)?.mark, { dir: 's', from: 3, to: 5 });
    assert.equal(findIn(lines, streams, needle('nowhere'), null), null);
});

test('a source knows its lines, odd ends and long lines', () => {
    const source = readSource(octets(`a\r\nb\nc\rd\r\n${'x'.repeat(1000)}\r\n`));
    assert.equal(source.starts.length, 4);
    assert.deepEqual(lineMarks(source, 0), []);
    assert.deepEqual(lineMarks(source, 1), ['bare LF']);
    assert.deepEqual(lineMarks(source, 2), ['bare CR']);
    assert.deepEqual(lineMarks(source, 3), ['1000 octets: over 998']);
    assert.equal(lineOf(source, 3), 1);
});

test('a source without a line end at its end, and an empty one, have their lines', () => {
    assert.equal(readSource(octets('a\r\nb')).starts.length, 2);
    assert.equal(readSource(octets('')).starts.length, 1);
    assert.equal(layout(readSource(octets('')), 80, new Set()).length, 1);
});

test('the rows of a source cover its octets in order, wrapped or not', () => {
    const source = readSource(octets(`${'x'.repeat(250)}\r\n\r\n${'é'.repeat(90)}\r\nend`));
    for (const columns of [null, 20, 100]) {
        let at = 0;
        for (const row of layout(source, columns, new Set())) {
            assert.equal(row.at, at);
            assert.ok(row.end > row.at);
            at = row.end;
        }
        assert.equal(at, source.bytes.length);
    }
});

test('a base64 body folds to one row until it is opened', () => {
    const body = 'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=\r\n'.repeat(8);
    const source = readSource(octets(`Content-Transfer-Encoding: base64\r\n\r\n${body}--b--\r\n`));
    assert.equal(source.blocks.length, 1);
    assert.equal(layout(source, null, new Set()).length, 4);
    assert.equal(layout(source, null, new Set([2])).length, 12);
});

test('only a dot that protects a line is a stuffed one', () => {
    const source = readSource(octets('..a\r\n.\r\nx\n.b\r\n'));
    assert.deepEqual([0, 1, 2, 3].map((line) => isStuffed(source, line)), [true, false, false, false]);
});

test('a line ends before its CR LF, its LF, or where the octets end', () => {
    const source = readSource(octets('ab\r\ncd\n\r\nef'));
    assert.deepEqual([0, 1, 2, 3].map((line) => lineEnd(source, line)), [2, 6, 7, 11]);
});

test('what cannot be printed is a dot in the middle', () => {
    assert.equal([...octets('A~\x7f\0 \xff')].map(printable).join(''), 'A~·· ·');
});

test('the stuffed dots of every message stand where they crossed the wire', () => {
    const events = [
        { event: 1, t_us: 0, type: 'cmd', off: 0, len: 6 }, { event: 2, t_us: 0, type: 'body', off: 6, len: 20, dots: [0, 5] }, { event: 3, t_us: 0, type: 'body', off: 40, len: 20, dots: null },
    ];
    assert.deepEqual([...stuffedDots(events)], [6, 12]);
});

test('a part folds when it was flipped, and only when it is here whole', () => {
    const text = `a: b\r\n\r\n--x\r\n\r\n${'line\r\n'.repeat(8)}--x--\r\n`;
    const body = { type: 'text/plain', offset: 15, size: 46 };
    const source = readSource(octets(text), [body]);
    assert.equal(source.blocks.length, 1);
    const [block] = source.blocks;
    assert.ok(block && block.first === 4 && block.last === 11 && isOpen(block, new Set()));
    assert.equal(layout(source, null, new Set([4])).length, layout(source, null, new Set()).length - 8);
    assert.equal(readSource(octets(text.slice(0, 40)), [body]).blocks.length, 0);
});

test('a line that may go on is not shown yet', () => {
    assert.equal(wholeLines(octets('one\r\ntwo'), 20).length, 5);
    assert.equal(wholeLines(octets('one\r\ntwo'), 8).length, 8);
    assert.equal(wholeLines(octets('never ends'), 20).length, 10);
});
