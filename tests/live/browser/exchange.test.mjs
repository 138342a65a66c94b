/* SPDX-License-Identifier: MIT */
// What belongs together in a conversation: a login and its secrets, the chunks of a message, an open session, paper.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { Smtp, browser, close, isLive, open, plain, serve, until } from './support.mjs';

const rows = (page) => page.getByRole('table', { name: 'Transcript' }).getByRole('row');
const base64 = (text) => Buffer.from(text).toString('base64');

async function closed(server, count = 1)
{
    await until(async () => (await server.api('/api/sessions')).total >= count, 'the end of the session');
}

/** AUTH LOGIN, an unknown verb, and a message in two chunks; leaves without QUIT. */
async function conversation(server)
{
    const client = await Smtp.open(server);
    await client.say('EHLO login.local', 250);
    await client.say('AUTH LOGIN', 334);
    await client.say(base64('app'), 334);
    await client.say(base64('hunter2'), 235);
    await client.say('FROB it', 500);
    await client.say('MAIL FROM:<a@x.test>', 250);
    await client.say('RCPT TO:<b@x.test>', 250);
    client.write('BDAT 10\r\nSubject: x');
    await client.reply(250);
    client.write('BDAT 9 LAST\r\n\r\n\r\nbody\n');
    await client.reply(250);
    client.close();
    await closed(server);
}

test('a login is one group, and each of its secrets is shown alone', async (t) => {
    const server = await serve(t);
    await browser(t);
    await conversation(server);
    const page = await open(server, '/sessions/1');
    await page.getByText('LOGIN as app: accepted', { exact: true }).waitFor();
    await page.getByText(/^offered: PLAIN LOGIN/).waitFor();
    assert.equal(await page.locator('.trow.group').count(), 6);
    await rows(page).filter({ hasText: 'FROB' }).getByText('unknown verb').waitFor();

    await page.getByRole('button', { name: 'show secret' }).nth(1).click();
    await page.getByText(base64('hunter2')).waitFor();
    assert.ok(!(await page.content()).includes(base64('app')), 'the other secret stays hidden');
    await page.getByRole('checkbox', { name: 'Secrets' }).click();
    await page.getByText(base64('hunter2')).waitFor({ state: 'detached' });

    await rows(page).filter({ hasText: 'AUTH LOGIN' }).getByRole('button', { name: /^Fold/ }).click();
    await page.getByText('AUTH LOGIN as app: accepted, 6 rows').waitFor();
    assert.equal(await page.locator('.trow.group').count(), 1);
    await close(page);
});

test('a chunk says what was announced and what came, and every command has its answer', async (t) => {
    const server = await serve(t);
    await browser(t);
    await conversation(server);
    const page = await open(server, '/sessions/1');
    await page.getByText('10 octets announced, 10 received', { exact: false }).waitFor();
    const last = rows(page).filter({ hasText: '9 octets announced, 9 received · LAST' });
    await last.waitFor();
    assert.equal(await page.getByText('no reply sent before close').count(), 0);
    await last.getByRole('button', { name: /Unfold/ }).click();
    await page.getByRole('region', { name: 'Message data' }).getByText('body').waitFor();
    const reply = rows(page).filter({ hasText: '10 octets received' }).last();
    assert.match(await reply.locator('.d').getAttribute('title'), /^server think time [\d.]+ ms: from the last octet of row \d+ received to the first of row \d+ queued$/);
    await page.getByText('the client closed without QUIT (FIN)').or(page.getByText('the client reset the connection (RST)')).first().waitFor();
    await close(page);
});

test('secrets that were not kept cannot be asked for', async (t) => {
    const server = await serve(t, '--drop-secrets');
    await browser(t);
    await conversation(server);
    const page = await open(server, '/sessions/1');
    await page.getByText('not kept (--drop-secrets)').first().waitFor();
    assert.equal(await page.getByRole('button', { name: 'show secret' }).count(), 0);
    await page.getByRole('button', { name: 'Copy as' }).click();
    assert.equal(await page.getByRole('checkbox', { name: /include secrets: not kept/ }).isDisabled(), true);
    await close(page);
});

test('what EHLO offers anew inside TLS, or no more, is marked', async (t) => {
    const server = await serve(t);
    await browser(t);
    const python = spawnSync('python3', ['-c', `
import smtplib, ssl
client = smtplib.SMTP("${server.smtp.host}", ${server.smtp.port}, local_hostname="tls.local")
client.starttls(context=ssl._create_unverified_context())
client.ehlo()
client.quit()
`], { encoding: 'utf8' });
    assert.equal(python.status, 0, python.stderr);
    await closed(server);
    const page = await open(server, '/sessions/1');
    const inside = rows(page).filter({ hasText: 'EHLO reply' }).nth(1);
    await inside.getByText('− STARTTLS').waitFor();
    await inside.getByText('+ REQUIRETLS').waitFor();
    await close(page);
});

test('an open session is followed to its end', async (t) => {
    const server = await serve(t);
    await browser(t);
    const client = await Smtp.open(server);
    await client.say('EHLO long.local', 250);
    const page = await open(server, '/sessions/1', { viewport: { width: 1440, height: 500 } });
    await isLive(page);
    for (let i = 0; i < 30; i++) {
        await client.say(`NOOP ${i}`, 250);
    }
    const last = rows(page).filter({ hasText: 'NOOP 29' });
    await last.waitFor();
    const table = page.getByRole('table', { name: 'Transcript' });
    await until(() => table.evaluate((node) => node.scrollTop > 0 && node.scrollTop + node.clientHeight >= node.scrollHeight - 50), 'the end in sight');
    // Who reads above it is left there.
    await table.evaluate((node) => new Promise((done) => {
        node.addEventListener('scroll', () => done(), { once: true });
        node.scrollTo(0, 0);
    }));
    await client.say('NOOP more', 250);
    await rows(page).filter({ hasText: 'NOOP more' }).waitFor();
    assert.equal(await table.evaluate((node) => node.scrollTop), 0);
    client.close();
    await close(page);
});

test('paper has the data of a message, and says where it ends', async (t) => {
    const server = await serve(t);
    await browser(t);
    const lines = Array.from({ length: 300 }, (_, i) => `line ${i + 1}`);
    await server.send(plain('Paper', `${lines.join('\r\n')}\r\n`));
    await closed(server);
    const page = await open(server, '/sessions/1');
    await rows(page).filter({ hasText: 'message data' }).waitFor();
    const file = join(server.folder, 'paper.pdf');
    writeFileSync(file, await page.pdf());
    const read = spawnSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' });
    if (read.error) {
        t.diagnostic('pdftotext is not installed: what is on paper was not read');
    } else {
        assert.match(read.stdout, /line 150\b/);
        assert.doesNotMatch(read.stdout, /line 290\b/);
        assert.match(read.stdout, /… \d+ lines more, not printed/);
    }
    await close(page);
});
