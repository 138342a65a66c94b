/* SPDX-License-Identifier: MIT */
// The page follows the server: through floods, restarts and many tabs.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { Smtp, browser, close, isLive, open, plain, row, serve, until } from './support.mjs';

test('a flood of mail costs the page few requests, and it ends with the right count', async (t) => {
    const server = await serve(t);
    await browser(t);
    await server.send(plain('First'));
    const page = await open(server);
    await isLive(page);
    await row(page, 'm1').waitFor();
    let requests = 0;
    page.on('request', (request) => {
        // The counters are read every few seconds, however long this takes.
        requests += /\/api\/info$|[?&]q=is%3A(failed|tagged)/.test(request.url()) ? 0 : 1;
    });
    await server.fill(1000);
    await page.getByText('1,001 items').waitFor();
    await row(page, 'm1001').waitFor();
    assert.ok(requests <= 25, `${requests} requests`);
    await close(page);
});

test('a server that comes back is followed again, without a reload', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'mailscope-data-'));
    const server = await serve(t, '--data', folder);
    t.after(() => rmSync(folder, { recursive: true }));
    await browser(t);
    const first = await server.send(plain('Before'));
    const page = await open(server);
    await isLive(page);
    await row(page, `m${first}`).waitFor();
    await server.stop('SIGKILL');
    await page.getByTestId('connection').filter({ hasText: 'Reconnecting' }).waitFor();
    assert.equal(await page.getByRole('dialog').count(), 0);
    await server.start();
    const meanwhile = await server.send(plain('Meanwhile'));
    await isLive(page);
    await row(page, `m${meanwhile}`).waitFor();
    await row(page, `m${first}`).waitFor();
    assert.equal(await page.getByRole('row', { name: /Before/ }).count(), 1);
    await close(page);
});

test('a store that cannot keep mail is said, and its end too', async (t) => {
    const server = await serve(t);
    await browser(t);
    await server.send(plain('Kept'));
    const page = await open(server);
    let failure = 'No space left on device';
    let damaged = 0;
    await page.route('**/api/info', async (route) => {
        const answer = await route.fetch();
        const info = await answer.json();
        info.store.failure = failure;
        info.store.damaged_records = damaged;
        await route.fulfill({ response: answer, json: info });
    });
    await isLive(page);
    await server.send(plain('Refused')); // what happens has the page ask
    await page.getByRole('alert').filter({ hasText: 'Mail cannot be kept: No space left on device' }).waitFor();
    failure = null;
    await page.getByText('Mail cannot be kept').waitFor({ state: 'detached' });
    damaged = 3;
    await server.send(plain('Later'));
    await page.getByText('Damaged on the disk: 3 records, named in the log').waitFor();
    await close(page);
});

test('a server that starts anew with an empty store empties the list', async (t) => {
    const server = await serve(t);
    await browser(t);
    await server.send(plain('Lost'));
    await server.send(plain('Lost too'));
    const page = await open(server);
    await isLive(page);
    await row(page, 'm2').waitFor();
    await server.stop();
    await server.start();
    const id = await server.send(plain('Anew'));
    assert.equal(id, 1);
    await row(page, 'm1').getByText('Anew').waitFor();
    await row(page, 'm2').waitFor({ state: 'detached' });
    await close(page);
});

test('eight tabs share one stream, and go on when the tab that reads it is closed', async (t) => {
    const server = await serve(t);
    const chromium = await browser(t);
    const context = await chromium.newContext();
    let streams = 0;
    context.on('request', (request) => {
        streams += request.url().includes('/api/events') ? 1 : 0;
    });
    await server.send(plain('One'));
    const pages = [];
    for (let i = 0; i < 8; i++) {
        const page = await open(server, '/', { context });
        await row(page, 'm1').waitFor();
        await isLive(page);
        pages.push(page);
    }
    assert.equal(streams, 1);
    const two = await server.send(plain('Two'));
    for (const page of pages) {
        await row(page, `m${two}`).waitFor();
    }
    await pages[0].close();
    await until(() => streams === 2, 'another tab to read the stream');
    const three = await server.send(plain('Three'));
    for (const page of pages.slice(1)) {
        await row(page, `m${three}`).waitFor();
    }
    await context.close();
});

test('an open session is listed, followed and closed', async (t) => {
    const server = await serve(t);
    await browser(t);
    const client = await Smtp.open(server);
    await client.say('EHLO slow.local', 250);
    await client.say('MAIL FROM:<a@x.test>', 250);
    const page = await open(server, '/sessions');
    const line = page.getByRole('row', { name: /live.*slow\.local/ });
    await line.waitFor();
    await line.click();
    const waiting = page.getByText('waiting for client');
    await waiting.waitFor();
    await page.getByRole('row', { name: /MAIL FROM:<a@x\.test>/ }).waitFor();
    // What is unfolded stays so while rows come.
    await page.getByRole('row', { name: /EHLO reply/ }).getByRole('button', { name: /Unfold/ }).click();
    await page.getByRole('row', { name: /250-PIPELINING/ }).waitFor();
    for (const rcpt of ['one', 'two', 'three']) {
        await client.say(`RCPT TO:<${rcpt}@x.test>`, 250);
        await page.getByRole('row', { name: `RCPT TO:<${rcpt}@x.test>` }).waitFor();
        const ticked = await waiting.textContent();
        await until(async () => await waiting.textContent() !== ticked, 'the clock to tick');
    }
    await page.getByRole('row', { name: /250-PIPELINING/ }).waitFor();
    await page.getByRole('article').getByRole('button', { name: 'Close connection' }).click();
    await until(() => client.ended, 'the end of the connection');
    await waiting.waitFor({ state: 'detached' });
    await page.getByRole('table', { name: 'Transcript' }).getByText(/closed through the API/).waitFor();
    await close(page);
});
