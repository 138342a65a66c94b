/* SPDX-License-Identifier: MIT */
// What a transcript offers beside its rows: comparing, a report, marks, choices, causes, paper.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { Smtp, browser, close, open, plain, row, serve, until } from './support.mjs';

/** EHLO, MAIL with `size`, QUIT. */
async function talk(server, size)
{
    const client = await Smtp.open(server);
    await client.say('EHLO twice.test', 250);
    await client.say(`MAIL FROM:<a@x.test> SIZE=${size}`);
    await client.say('QUIT', 221);
    client.close();
}

async function saved(page, act)
{
    const [download] = await Promise.all([page.waitForEvent('download'), act()]);
    return readFileSync(await download.path(), 'utf8');
}

test('a transcript and what stands beside it', async (t) => {
    const server = await serve(t);
    await browser(t);
    await talk(server, 1000);
    await talk(server, 999999999999);

    await t.test('two sessions are compared row by row', async () => {
        const page = await open(server, '/sessions/2');
        await page.getByText('Compare…').click();
        await page.getByRole('textbox', { name: 'with session' }).fill('s1');
        await page.getByRole('button', { name: 'Compare', exact: true }).click();
        const table = page.getByRole('region', { name: 's2 and s1 compared' });
        await table.getByText(/\d+ rows of \d+ differ\./).waitFor();
        assert.equal(new URL(page.url()).search, '?compare=1');
        const other = table.locator('tr.other');
        await other.filter({ hasText: 'SIZE=999999999999' }).filter({ hasText: 'SIZE=1000' }).waitFor();
        await other.filter({ hasText: '552' }).waitFor();
        assert.equal(await other.filter({ hasText: 'QUIT' }).count(), 0);
        await table.getByRole('button', { name: 'End the comparison' }).click();
        await page.getByRole('table', { name: 'Transcript' }).waitFor();
        await close(page);
    });

    await t.test('a refusal says which limit gave it', async () => {
        const page = await open(server, '/sessions/2');
        const table = page.getByRole('table', { name: 'Transcript' });
        await table.getByText('by: limit --max-message-size').waitFor();
        await page.locator('.refusal').getByText(/By: limit --max-message-size/).waitFor();
        await close(page);
    });

    await t.test('a report is one file with the transcript and the findings, and no secret', async () => {
        const client = await Smtp.open(server);
        await client.say('EHLO secret.test', 250);
        await client.say(`AUTH PLAIN ${Buffer.from('\0app\0hunter2').toString('base64')}`, 235);
        await client.say('QUIT', 221);
        client.close();
        const page = await open(server, '/sessions/3');
        await page.getByRole('checkbox', { name: 'Secrets' }).click();
        await page.getByRole('button', { name: 'Copy as' }).click();
        const html = await saved(page, () => page.getByRole('menuitem', { name: /^Report/ }).click());
        assert.match(html, /<title>SMTP session s3/);
        assert.match(html, /EHLO secret\.test/);
        assert.match(html, /a secret crossed the wire without TLS/);
        assert.ok(!html.includes(Buffer.from('\0app\0hunter2').toString('base64')) && !html.includes('hunter2') && !html.includes('<script'));
        await close(page);
    });

    await t.test('rows are chosen one by one, and the address and the copies know', async () => {
        const page = await open(server, '/sessions/1');
        const table = page.getByRole('table', { name: 'Transcript' });
        await table.getByRole('row', { name: /EHLO twice/ }).first().click();
        await table.getByRole('row', { name: /QUIT/ }).first().click({ modifiers: ['Control'] });
        await until(() => new URL(page.url()).hash.match(/^#e3,e\d+$/), 'the two rows in the address');
        assert.equal(await table.locator('.trow.chosen').count(), 2);
        await page.getByRole('button', { name: 'Copy as' }).click();
        await page.getByRole('checkbox', { name: 'only the 2 selected rows' }).waitFor();
        await close(page);
    });

    await t.test('a long transcript has marks that lead to what is worth a look', async () => {
        const client = await Smtp.open(server);
        await client.say('EHLO long.test', 250);
        for (let i = 0; i < 30; i++) {
            await client.say(i === 20 ? 'FROB' : 'NOOP');
        }
        await client.say('QUIT', 221);
        client.close();
        const page = await open(server, '/sessions/4');
        const marks = page.getByRole('group', { name: 'Places worth a look' }).getByRole('button');
        await marks.first().waitFor();
        await marks.first().click();
        await page.locator('.trow.chosen').filter({ hasText: /FROB|500/ }).first().waitFor();
        await close(page);
    });

    await t.test('a command that nobody answered says so, and so does the strip', async () => {
        const client = await Smtp.open(server);
        await client.say('EHLO gone.test', 250);
        await client.say('MAIL FROM:<a@x.test>', 250);
        client.close();
        const page = await open(server);
        await row(page, 's5').waitFor();
        await page.goto(`${server.http}/sessions/5`);
        await page.getByText(/0 messages stored: the client (closed|reset).* after MAIL/).waitFor();
        await close(page);
    });

    await t.test('paper has every row unfolded, the address and the title', async () => {
        const page = await open(server, '/sessions/1');
        await page.getByRole('table', { name: 'Transcript' }).getByText(/250 EHLO reply/).waitFor();
        await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
        await page.emulateMedia({ media: 'print' });
        const paper = await page.locator('.transcript').innerText();
        assert.match(paper, /250-PIPELINING/);
        assert.match(await page.locator('.printed').innerText(), /s1 .*\/sessions\/1/);
        await page.emulateMedia({ media: 'screen' });
        await page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
        await close(page);
    });

    await t.test('the way of a message is told from its Received fields', async () => {
        const hop = (from, by, time) => `Received: from ${from} by ${by} with ESMTP id x; Sat, 21 Nov 2026 ${time} +0000\r\n`;
        const id = await server.send(plain('By two servers', 'Hello\r\n', hop('mx1.test', 'relay.test', '10:00:03') + hop('app.test', 'mx1.test', '10:00:00')));
        const page = await open(server, `/messages/${id}/headers`);
        const hops = page.locator('.way li');
        await hops.nth(1).waitFor();
        assert.match(await hops.nth(0).innerText(), /app\.test[^]*mx1\.test/);
        assert.match(await hops.nth(1).innerText(), /\+3\.0 s/);
        await close(page);
    });

    await t.test('on a narrow screen the views are a menu, and the next item is one touch away', async () => {
        const page = await open(server, '/messages/1/text', { viewport: { width: 375, height: 700 } });
        await page.getByRole('combobox', { name: 'Views of the message' }).selectOption('headers');
        await page.getByRole('rowheader', { name: 'Message-ID' }).waitFor();
        await page.getByRole('button', { name: 'Previous' }).waitFor();
        await close(page);
    });
});
