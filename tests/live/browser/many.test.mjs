/* SPDX-License-Identifier: MIT */
// A long list: few rows are drawn, any place is one jump away, and few requests are made for it.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Smtp, browser, close, isLive, open, plain, row, serve, until } from './support.mjs';

const count = 5000;
const rowHeight = 52;

/** Fills the server over a few connections at once. */
async function fill(server, total)
{
    const clients = 8;
    const raw = plain('One of many');
    await Promise.all(Array.from({ length: clients }, async () => {
        const client = await Smtp.open(server);
        await client.say('EHLO fill.local', 250);
        for (let i = 0; i < total / clients; i++) {
            await client.deliver(raw);
        }
        client.close();
    }));
}

test('thousands of messages are a list of few rows', async (t) => {
    const server = await serve(t);
    await browser(t);
    await fill(server, count);
    const page = await open(server, '/messages');
    await isLive(page);
    await row(page, `m${count}`).waitFor();
    const list = page.locator('#list');
    assert.equal(await list.getAttribute('aria-rowcount'), String(count));
    assert.ok(await page.getByRole('row').count() <= 60);

    let requests = 0;
    page.on('request', (request) => {
        requests += request.url().includes('/api/messages') ? 1 : 0;
    });
    for (const ordinal of [count - 1, count / 2, 1234]) {
        await list.evaluate((node, top) => {
            node.scrollTop = top;
        }, ordinal * rowHeight);
        const id = count - ordinal;
        await row(page, `m${id}`).waitFor();
        assert.equal(await row(page, `m${id}`).getAttribute('aria-rowindex'), String(ordinal + 1));
        assert.ok(await page.getByRole('row').count() <= 60);
    }
    assert.ok(requests <= 9, `${requests} requests for three jumps`);

    requests = 0;
    await list.evaluate(async (node) => {
        for (let frame = 0; frame < 100; frame++) {
            node.scrollTop += 180;
            await new Promise((resolve) => requestAnimationFrame(resolve));
        }
    });
    await until(async () => await page.locator('.row.empty').count() === 0, 'every row');
    assert.ok(requests <= 100 * 180 / rowHeight / 100 + 3, `${requests} requests for ${100 * 180 / rowHeight} rows`);
    await close(page);
});

test('a search with more than is counted goes on by its end', async (t) => {
    const server = await serve(t);
    await browser(t);
    await fill(server, 400);
    const page = await open(server, '/messages?q=body:hello');
    await row(page, 'm400').waitFor();
    const list = page.locator('#list');
    for (const id of [300, 200, 100, 1]) {
        await until(async () => {
            await list.evaluate((node) => {
                node.scrollTop = node.scrollHeight;
            });
            return await row(page, `m${id}`).count() > 0 || await page.locator('.row[id]').evaluateAll((all, wanted) => all.some((one) => Number(one.id.slice(5)) <= wanted), id);
        }, `m${id}`);
    }
    await row(page, 'm1').waitFor();
    await close(page);
});
