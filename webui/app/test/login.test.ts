/* SPDX-License-Identifier: MIT */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { draw } from '../src/wire/fold.ts';
import { loginSentence, offerSentence } from '../src/wire/login.ts';
import { rowsOf } from '../src/wire/rows.ts';
import { Conversation } from './session.ts';

function logsIn(): Conversation
{
    const talk = new Conversation();
    const [ehlo = 0] = talk.read('EHLO a.b\r\n');
    talk.write(['250-us\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n', ehlo]);
    const [auth = 0] = talk.read('AUTH LOGIN\r\n');
    talk.write(['334 VXNlcm5hbWU6\r\n', auth]);
    talk.read('YXBw\r\n');
    const user = talk.events.at(-1);
    Object.assign(user ?? {}, { type: 'sasl' });
    talk.write(['334 UGFzc3dvcmQ6\r\n', user?.event ?? 0]);
    talk.read('eA==\r\n');
    const word = talk.events.at(-1);
    Object.assign(word ?? {}, { type: 'sasl' });
    talk.write(['235 2.7.0 in\r\n', word?.event ?? 0]);
    const [quit = 0] = talk.read('QUIT\r\n');
    return talk.write(['221 bye\r\n', quit]);
}

test('a login is one group, from AUTH to the reply that ends it', () => {
    const talk = logsIn();
    const transcript = talk.transcript;
    transcript.session.auth = { mechanism: 'LOGIN', user: 'app', success: true };
    const rows = rowsOf(transcript);
    const members = rows.filter((row) => row.login);
    assert.deepEqual(members.map((row) => row.login?.place), ['start', 'middle', 'middle', 'middle', 'middle', 'end']);
    const login = members[0]?.login;
    assert.ok(login);
    assert.equal(loginSentence(login), 'LOGIN as app: accepted');
    assert.equal(login.isForeign, true, 'LOGIN was not among what was offered');
    assert.equal(offerSentence(login), 'offered: PLAIN');
    const shut = draw(rows, new Set([`shut ${login.first}`]));
    assert.equal(shut.length, rows.length - 5);
    assert.ok(shut.some((one) => one.fold?.label === 'AUTH LOGIN as app: accepted, 6 rows'));
});

test('a refused login, one that nobody ended, and what TLS changed', () => {
    const talk = new Conversation();
    const [ehlo = 0] = talk.read('EHLO a.b\r\n');
    talk.write(['250-us\r\n250 STARTTLS\r\n', ehlo]).tls();
    const [again = 0] = talk.read('EHLO a.b\r\n');
    talk.write(['250-us\r\n250 AUTH PLAIN LOGIN\r\n', again]);
    const [first = 0] = talk.read('AUTH PLAIN AGEAYg==\r\n');
    talk.write(['535 5.7.8 no\r\n', first]);
    const [second = 0] = talk.read('AUTH LOGIN\r\n');
    talk.write(['334 VXNlcm5hbWU6\r\n', second]);
    talk.say('close', { text: 'client_closed' });
    const starts = rowsOf(talk.transcript).filter((row) => row.login?.place === 'start').map((row) => row.login);
    assert.deepEqual(starts.map((one) => one && loginSentence(one)), ['PLAIN: refused with 535', 'LOGIN: not finished']);
    assert.deepEqual(starts.map((one) => one?.isForeign), [false, false]);
    assert.equal(starts[0] && offerSentence(starts[0]), 'offered before TLS: nothing; offered inside TLS: PLAIN LOGIN');
});

test('BDAT is answered behind its octets', () => {
    const talk = new Conversation();
    talk.read('BDAT 5 LAST\r\n');
    const body = talk.body('hello', { eod: 'bdat' });
    talk.write(['250 kept\r\n', body]);
    talk.say('close', { text: 'quit' });
    assert.equal(rowsOf(talk.transcript).filter((row) => row.raw.type === 'noreply').length, 0);
});
