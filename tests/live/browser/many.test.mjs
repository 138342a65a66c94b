/* SPDX-License-Identifier: MIT */
// A long list: few rows are drawn, any place is one jump away, and few requests are made for it.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { browser, close, isLive, open, plain, row, serve, until } from './support.mjs';

const count = 100_000;
const rowHeight = 52;

test('a hundred thousand messages are a list of few rows', async (t) => {
    const server = await serve(t);
    await browser(t);
    await server.fill(count);
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
    const frames = 400;
    await list.evaluate(async (node, most) => {
        for (let frame = 0; frame < most; frame++) {
            node.scrollTop += 180;
            await new Promise((resolve) => requestAnimationFrame(resolve));
        }
    }, frames);
    await until(async () => await page.locator('.row.empty').count() === 0, 'every row');
    const passed = frames * 180 / rowHeight;
    assert.ok(requests <= passed / 100 + 2, `${requests} requests for ${passed} rows`);
    assert.ok(await page.getByRole('row').count() <= 60);
    await close(page);
});

test('everything that matches can be deleted, and what arrives meanwhile stays', async (t) => {
    const server = await serve(t);
    await browser(t);
    const other = await server.send(plain('Another'));
    await server.fill(4312);
    const page = await open(server, '/messages?q=subject:generator');
    await page.getByText('4,312 items').waitFor();
    await page.getByRole('checkbox', { name: 'Select all that are loaded' }).click();
    await page.getByText('100 selected.').waitFor();
    await page.getByRole('button', { name: 'Select all 4,312 that match' }).click();
    await page.getByText('4,312 selected').waitFor();
    const late = await server.send(plain('Late from a generator'));
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    const question = page.getByRole('dialog', { name: 'Delete 4,312 items?' });
    await question.waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Cancel');
    await question.getByRole('button', { name: 'Delete 4,312' }).click();
    await page.getByText('Deleted 4,312 items.').waitFor();
    const left = (await server.api('/api/messages')).messages;
    assert.deepEqual(left.map((one) => one.id), [late, other]);
    await row(page, `m${late}`).waitFor();
    await close(page);
});

test('a search with more than is counted goes on by its end', async (t) => {
    const server = await serve(t);
    await browser(t);
    await server.fill(400);
    const page = await open(server, '/messages?q=body:aaaa');
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
