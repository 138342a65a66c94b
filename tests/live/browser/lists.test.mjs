/* SPDX-License-Identifier: MIT */
// Lists: what stands in them, what arrives while somebody reads, and addresses that bring one back.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

import { Smtp, browser, close, isLive, open, plain, row, serve, until } from './support.mjs';

test('an empty server says how to set up an application', async (t) => {
    const server = await serve(t);
    await browser(t);
    const page = await open(server, '/', { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.getByRole('heading', { name: 'Nothing has arrived yet.' }).waitFor();
    const tabs = page.getByRole('tablist', { name: 'Framework' }).getByRole('tab');
    await page.getByRole('tab', { name: 'Django' }).waitFor();
    const names = await tabs.allTextContents();
    assert.deepEqual(names, ['Django', 'Rails', 'Laravel', 'Node', 'Spring Boot', 'Go', 'PHP', '.NET']);
    for (const name of names) {
        await page.getByRole('tab', { name, exact: true }).click();
        await page.locator('[role=tab][aria-selected=true]').filter({ hasText: name }).waitFor();
        const code = await page.locator('.snippet code').allTextContents();
        assert.ok(code.some((one) => one.includes(String(server.smtp.port)) && one.includes(server.smtp.host)), `${name}: ${code}`);
        for (const [i, text] of code.entries()) {
            await page.getByRole('tabpanel').getByRole('button', { name: 'Copy' }).nth(i).click();
            await until(async () => await page.evaluate(() => navigator.clipboard.readText()) === text, `the settings of ${name}`);
        }
    }
    await page.getByRole('button', { name: 'Send a test message' }).click();
    await page.getByText('A test message is on its way.').waitFor();
    await page.goto(`${server.http}/`);
    await until(async () => (await server.api('/api/messages')).messages.length === 1, 'the test message');
    await page.getByRole('grid').getByRole('row').first().waitFor();
    await close(page);
});

/** A session that ends badly; returns when the server has closed its book. */
async function refused(server)
{
    const client = await Smtp.open(server);
    await client.say('EHLO refused.local', 250);
    await client.say('MAIL FROM:<a@x.test>', 250);
    await client.say('RCPT TO:<b@x.test>', 250);
    await client.say('RCPT TO:<@broken', 501);
    await client.say('QUIT', 221);
}

async function aborted(server)
{
    const client = await Smtp.open(server);
    await client.say('EHLO aborted.local', 250);
    await client.say('MAIL FROM:<a@x.test>', 250);
    await client.say('RCPT TO:<b@x.test>', 250);
    await client.say('DATA', 354);
    client.write('Subject: half\r\n\r\nno end');
    client.socket.end();
}

async function tlsFailed(server)
{
    const client = await Smtp.open(server);
    await client.say('EHLO tls.local', 250);
    await client.say('STARTTLS', 220);
    client.write('this is no handshake\r\n');
    await until(() => client.ended, 'the end of the connection');
}

async function authFailed(server)
{
    const client = await Smtp.open(server);
    await client.say('EHLO auth.local', 250);
    await client.say(`AUTH PLAIN ${Buffer.from('\0app\0wrong').toString('base64')}`, 535);
    await client.say('QUIT', 221);
}

test('what failed stands in the activity with its word, and in no list of messages', async (t) => {
    const server = await serve(t);
    await browser(t);
    const id = await server.send(plain('Delivered'));
    await refused(server);
    await aborted(server);
    await tlsFailed(server);
    const page = await open(server);
    for (const [word, helo] of [['REFUSED', 'refused.local'], ['ABORTED', 'aborted.local'], ['TLS FAILED', 'tls.local']]) {
        await page.getByRole('row', { name: new RegExp(word) }).getByText(helo).waitFor();
    }
    await page.getByRole('row', { name: /REFUSED/ }).getByText(/^501 .*after RCPT$/).waitFor();
    await row(page, `m${id}`).waitFor();
    await page.goto(`${server.http}/messages`);
    await row(page, `m${id}`).waitFor();
    assert.equal(await page.getByRole('row').count(), 1);
    await page.goto(`${server.http}/sessions`);
    await page.getByRole('row', { name: /delivered/ }).waitFor();
    await page.getByRole('row', { name: /REFUSED/ }).waitFor();
    await page.goto(`${server.http}/setup`);
    await page.getByText(/Last connection: .*, tls\.local, the TLS handshake failed/).waitFor();
    await close(page);
});

/** What stands above or below the row to which it belongs. */
const burst = (page) => page.locator('.row[id]').evaluateAll((all) => all.flatMap((one) => {
    const { top, bottom } = one.getBoundingClientRect();
    const out = (part) => part.checkVisibility() && !part.matches('.away, .away *')
        && (part.getBoundingClientRect().top < top - 1 || part.getBoundingClientRect().bottom > bottom + 1);
    return [...one.querySelectorAll('.what *')].filter(out).map((part) => `${one.id}: ${part.outerHTML.slice(0, 120)}`);
}));

test('every row holds what it says, in two lines or in one', async (t) => {
    const server = await serve(t);
    const chromium = await browser(t);
    const parts = '--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n--b\r\nContent-Disposition: attachment; filename=a.bin\r\n\r\nx\r\n--b--\r\n';
    const more = 'X-Tags: billing, urgent\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n';
    const id = await server.send(plain('A subject that is longer than a row is wide, and goes on '.repeat(4), parts, more), { from: `${'long'.repeat(14)}@x.test`, to: ['a@x.test', 'b@x.test'] });
    await refused(server);
    await aborted(server);
    await tlsFailed(server);
    const waiting = await Smtp.open(server);
    await waiting.say('EHLO open.local', 250);
    await until(async () => (await server.api('/api/sessions')).total === 4, 'the closed sessions');
    for (const compact of [false, true]) {
        for (const width of [1440, 1024, 390]) {
            const context = await chromium.newContext({ viewport: { width, height: 800 } });
            const page = await open(server, '/', { context, settings: { compact } });
            await row(page, `m${id}`).waitFor();
            assert.deepEqual(await burst(page), [], `activity, ${width} px, compact: ${compact}`);
            await page.goto(`${server.http}/sessions`);
            await page.getByRole('row', { name: /open\.local/ }).waitFor();
            await page.getByRole('row', { name: /refused\.local/ }).waitFor();
            assert.deepEqual(await burst(page), [], `sessions, ${width} px, compact: ${compact}`);
            await close(page);
        }
    }
    waiting.close();
});

test('a refused login stands in the activity', async (t) => {
    const accounts = join(mkdtempSync(join(tmpdir(), 'mailscope-accounts-')), 'accounts');
    writeFileSync(accounts, 'app:right\n', { mode: 0o600 });
    t.after(() => rmSync(dirname(accounts), { recursive: true }));
    const server = await serve(t, '--auth-file', accounts);
    await browser(t);
    await authFailed(server);
    const page = await open(server);
    await page.getByRole('row', { name: /AUTH FAILED/ }).getByText('auth.local').waitFor();
    await page.getByRole('link', { name: 'Messages' }).click();
    await page.getByText('Nothing here yet.').waitFor();
    assert.equal(await page.getByRole('row').count(), 0);
    await close(page);
});

test('rows that arrive leave the reader where he is', async (t) => {
    const server = await serve(t);
    await browser(t);
    for (let i = 0; i < 60; i++) {
        await server.send(plain(`Old ${i}`));
    }
    const page = await open(server);
    await isLive(page);
    await row(page, 'm60').waitFor();
    const list = page.locator('#list');
    await list.evaluate((node) => {
        node.scrollTop = 20 * 52;
    });
    const held = row(page, 'm35');
    await held.waitFor();
    const top = () => held.evaluate((node) => Math.round(node.getBoundingClientRect().top));
    const before = await top();
    await server.fill(50, 1);
    const pill = page.getByRole('button', { name: '50 new' });
    await pill.waitFor();
    assert.equal(await top(), before);
    await pill.click();
    await row(page, 'm110').waitFor();
    assert.equal(await list.evaluate((node) => node.scrollTop), 0);
    await close(page);
});

/** A message with parts inside parts: 1.1, 1.2 and 2. */
function nested(subject)
{
    const inner = '--i\r\nContent-Type: text/plain\r\n\r\none\r\n--i\r\nContent-Type: text/html\r\n\r\n<p>two</p>\r\n--i--\r\n';
    const outer = `--o\r\nContent-Type: multipart/alternative; boundary="i"\r\n\r\n${inner}--o\r\nContent-Type: text/x-log\r\n\r\nthree\r\n--o--\r\n`;
    return plain(subject, outer, 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="o"\r\n');
}

test('an address brings back what it showed', async (t) => {
    const server = await serve(t, '--profile', 'strict');
    const chromium = await browser(t);
    const id = await server.send(nested('Deep link'));
    const client = await Smtp.open(server);
    await client.say('EHLO refused.local', 250);
    await client.say('MAIL FROM:<a@x.test>', 250);
    await client.say('RCPT TO:<b@x.test>', 250);
    await client.say('DATA', 354);
    client.write('Subject: bare\n\nline ends\r\n.\r\n');
    await client.reply(550);
    await client.say('QUIT', 221);
    const [failed] = (await until(async () => {
        const answer = await server.api('/api/activity');
        return answer.activity.length === 2 && answer;
    }, 'both')).activity;
    // Each address alone, in a browser that has seen nothing.
    const fresh = async (path, shows) => {
        const page = await open(server, path, { context: await chromium.newContext({ viewport: { width: 1440, height: 900 } }) });
        await shows(page);
        await close(page);
    };
    await fresh(`/messages/${id}/headers`, (page) => page.getByRole('rowheader', { name: 'Subject' }).waitFor());
    await fresh(`/messages/${id}/parts/1.2`, async (page) => {
        await page.getByRole('treeitem', { name: /text\/html/, selected: true }).waitFor();
        await page.frameLocator('iframe').getByText('two').waitFor();
    });
    await fresh(`/sessions/${failed.id}#e3`, async (page) => {
        await page.locator('#e3.chosen').waitFor();
        assert.equal(await page.locator('.trow.chosen').count(), 1);
    });
    await fresh('/?q=code:550', async (page) => {
        await row(page, `s${failed.id}`).waitFor();
        assert.equal(await page.getByRole('combobox', { name: 'Search' }).inputValue(), 'code:550');
        assert.equal(await row(page, `m${id}`).count(), 0);
    });
    await fresh('/messages/latest', async (page) => {
        await page.waitForURL(new RegExp(`/messages/${id}`));
        await page.getByRole('heading', { level: 1, name: 'Deep link' }).waitFor();
    });

    const page = await open(server, '/');
    await row(page, `m${id}`).click();
    await page.getByRole('heading', { level: 1, name: 'Deep link' }).waitFor();
    await row(page, `s${failed.id}`).click();
    await page.getByRole('heading', { level: 1, name: /REJECTED/ }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Deep link' }).waitFor();
    await page.goForward();
    await page.getByRole('heading', { level: 1, name: /REJECTED/ }).waitFor();

    await page.goto(`${server.http}/messages/99999`);
    await page.getByRole('heading', { name: 'No such message' }).waitFor();
    await page.getByText('no message has the id 99999').waitFor();
    await page.getByRole('link', { name: 'Back to the list' }).click();
    await page.getByRole('grid').waitFor();
    await close(page);
});

test('the inbox switch shows one inbox alone', async (t) => {
    const server = await serve(t);
    await browser(t);
    await server.api('/api/inboxes', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'tests' }) });
    const other = await server.send(plain('In default'));
    const mine = await server.send(plain('In tests'), { to: ['ada+tests@example.test'] });
    const page = await open(server);
    await row(page, `m${other}`).waitFor();
    await page.getByRole('combobox', { name: 'Inbox' }).selectOption('tests');
    await row(page, `m${mine}`).waitFor();
    await row(page, `m${other}`).waitFor({ state: 'detached' });
    assert.match(page.url(), /inbox=tests/);
    await close(page);
});

test('a path below a proxy holds everything', async (t) => {
    const server = await serve(t, '--http-path', '/mail');
    await browser(t);
    const id = await server.send(plain('Below'));
    const base = server.http.replace(/\/mail$/, '');
    const page = await open({ ...server, http: base }, '/mail/');
    await row(page, `m${id}`).click();
    await page.getByRole('heading', { level: 1, name: 'Below' }).waitFor();
    assert.equal(new URL(page.url()).pathname, `/mail/messages/${id}`);
    await isLive(page);
    const next = await server.send(plain('Below too')).catch(() => null);
    await row(page, `m${next}`).waitFor();
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Below' }).waitFor();
    await close(page);
});
