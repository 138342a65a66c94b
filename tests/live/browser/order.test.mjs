/* SPDX-License-Identifier: MIT */
// Lists the other way round, what a search means, and where one was.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Smtp, browser, close, open, plain, row, serve, until } from './support.mjs';

test('lists and searches', async (t) => {
    const server = await serve(t);
    await browser(t);
    for (let i = 1; i <= 130; i++) {
        await server.send(plain(`Number ${i}`), { from: `app+${i}@acme.test` });
    }

    await t.test('the oldest stand on top when that is asked for, also of a search', async () => {
        const page = await open(server, '/messages');
        await row(page, 'm130').waitFor();
        await page.getByRole('button', { name: /newest/ }).click();
        await row(page, 'm1').waitFor();
        assert.equal(new URL(page.url()).search, '?sort=old');
        const onTop = page.locator('#list #row-m1[aria-rowindex="1"]');
        await onTop.waitFor();
        const id = await server.send(plain('The newest'));
        await page.goto(`${server.http}/messages?q=subject:number&sort=old`);
        await onTop.waitFor();
        await page.locator('#list').focus();
        await until(async () => {
            await page.keyboard.press('End');
            return row(page, 'm130').isVisible();
        }, 'the other end');
        assert.equal(await row(page, `m${id}`).count(), 0);
        await close(page);
    });

    await t.test('a search says what it finds, and marks it', async () => {
        const page = await open(server, '/messages?q=subject:number');
        await page.getByTestId('meaning').filter({ hasText: 'decoded subject contains "number"' }).waitFor();
        const marked = () => page.evaluate(() => [...CSS.highlights.get('found') ?? []].map((range) => range.toString()));
        await until(async () => (await marked()).length > 3, 'marks');
        assert.deepEqual([...new Set(await marked())], ['Number']);
        await close(page);
    });

    await t.test('Back leads to where the list stood', async () => {
        const page = await open(server, '/messages');
        await row(page, 'm130').waitFor();
        await page.locator('#list').evaluate((node) => {
            node.scrollTop = 60 * 52;
        });
        await until(() => page.evaluate(() => history.state?.top === 60), 'the place to be remembered');
        await page.getByRole('link', { name: 'Sessions' }).click();
        await page.getByRole('heading', { name: 'Sessions' }).waitFor();
        await page.goBack();
        await until(() => page.locator('#list').evaluate((node) => node.scrollTop === 60 * 52), 'the list to stand there again');
        await close(page);
    });

    await t.test('a refused session names the reply and whom it refused', async () => {
        const client = await Smtp.open(server);
        await client.say('EHLO refused.local', 250);
        await client.say('MAIL FROM:<a@x.test> SIZE=999999999999', 552);
        await client.say('QUIT', 221);
        client.close();
        const page = await open(server);
        await page.getByRole('row', { name: /REFUSED refused\.local/ }).getByText('552 5.3.4 after MAIL').waitFor();
        await close(page);
    });
});
