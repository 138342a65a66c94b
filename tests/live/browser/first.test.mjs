/* SPDX-License-Identifier: MIT */
// The main job: an app sends mail, and a developer sees the message and the whole conversation.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Smtp, both, browser, close, isLive, open, plain, row, serve } from './support.mjs';

test('the page shows what happens', async (t) => {
    const server = await serve(t);
    await browser(t);

    await t.test('a first message appears without a reload, and the title counts it', async () => {
        const page = await open(server);
        await page.getByRole('heading', { name: 'Nothing has arrived yet.' }).waitFor();
        await isLive(page);
        const id = await server.send(plain('First of all'));
        await row(page, `m${id}`).getByText('First of all').waitFor();
        await page.waitForFunction(() => document.title.startsWith('(1) '));
        await close(page);
    });

    await t.test('every view of a message opens', async () => {
        const id = await server.send(both('All views', 'Hello *text*', '<h1 id="hi">Hello HTML</h1>'));
        const page = await open(server);
        await row(page, `m${id}`).click();
        await page.getByRole('heading', { level: 1, name: 'All views' }).waitFor();
        await page.frameLocator('iframe').getByRole('heading', { name: 'Hello HTML' }).waitFor();
        await page.getByRole('tab', { name: 'Text' }).click();
        await page.getByText('Hello *text*').waitFor();
        await page.getByRole('tab', { name: /^Headers/ }).click();
        await page.getByRole('rowheader', { name: 'Message-ID' }).waitFor();
        await page.getByRole('tab', { name: 'Source' }).click();
        await page.getByText('Content-Type: multipart/alternative; boundary="b"').waitFor();
        await page.getByRole('tab', { name: /^Parts/ }).click();
        await page.getByRole('treeitem', { name: /text\/html/ }).click();
        await page.frameLocator('iframe').getByRole('heading', { name: 'Hello HTML' }).waitFor();
        await page.getByRole('tab', { name: 'Decoded' }).click();
        await page.getByText('<h1 id="hi">Hello HTML</h1>').waitFor();
        await page.getByRole('tab', { name: 'Transcript' }).click();
        await page.getByRole('row', { name: /message data/ }).waitFor();
        assert.equal(new URL(page.url()).pathname, `/messages/${id}/transcript`);
        await close(page);
    });

    await t.test('the transcript of a refused session can be read', async () => {
        const client = await Smtp.open(server);
        await client.say('EHLO refused.local', 250);
        await client.say('MAIL FROM:<a@x.test> SIZE=999999999999', 552);
        await client.say('QUIT', 221);
        const page = await open(server);
        const line = page.getByRole('row', { name: /REFUSED/ });
        await line.getByText('refused.local').waitFor();
        await line.click();
        await page.getByRole('heading', { level: 1, name: /REFUSED/ }).waitFor();
        const table = page.getByRole('table', { name: 'Transcript' });
        await table.getByText('FROM:<a@x.test> SIZE=999999999999').waitFor();
        await table.getByRole('row', { name: /552/ }).waitFor();
        await page.getByText(/Refused:/).waitFor();
        await close(page);
    });
});
