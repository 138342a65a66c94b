/* SPDX-License-Identifier: MIT */
// A long list: few rows are drawn, any place is one jump away, and few requests are made for it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
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

/** The file that the page hands to the browser when `label` is chosen among "More actions". */
async function saved(page, label)
{
    const [file] = await Promise.all([page.waitForEvent('download'), choose(page, label)]);
    return readFileSync(await file.path(), 'latin1');
}

async function choose(page, label)
{
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: label }).click();
}

test('everything that matches can be marked, tagged, saved and linked to, from either end of the list', async (t) => {
    const server = await serve(t);
    await browser(t);
    const other = await server.send(plain('Another'));
    await server.fill(620);
    const page = await open(server, '/?q=subject:generator&sort=old', { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.getByText('620 items').waitFor();
    await page.getByRole('checkbox', { name: 'Select all that are loaded' }).click();
    await page.getByRole('button', { name: 'Select all 620 that match' }).click();
    await page.getByText('620 selected').waitFor();
    const late = await server.send(plain('Late from a generator'));
    const found = async (q) => (await server.api(`/api/messages?q=${q}&limit=500`)).total;

    await page.getByRole('button', { name: 'Mark read' }).click();
    await until(async () => await found('is:unread') === 2, 'the read marks');
    await choose(page, 'Tag…');
    await page.getByRole('dialog', { name: 'Tags of all messages that match' }).getByRole('textbox').fill('bulk');
    await page.keyboard.press('Enter');
    await until(async () => await found('tag:bulk') === 620, 'the tags');
    assert.deepEqual((await server.api(`/api/messages/${late}`)).tags, []);

    const mbox = await saved(page, 'Download .mbox');
    assert.equal(mbox.match(/^From \S+ \w{3} /gm).length, 620);
    assert.ok(!mbox.includes('Late from'));
    const lines = (await saved(page, 'Download JSON lines')).trim().split('\n').map((line) => JSON.parse(line).id);
    assert.equal(new Set(lines).size, 620);
    assert.ok(!lines.includes(late) && !lines.includes(other));
    await choose(page, 'Copy links');
    await page.getByText('Copied 620 links.').waitFor();
    const links = (await page.evaluate(() => navigator.clipboard.readText())).split('\n');
    assert.deepEqual(links, lines.map((id) => `${server.http}/messages/${id}`));

    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('button', { name: 'Delete 620' }).click();
    await page.getByText(/^Deleted \d+ items\.$/).waitFor();
    assert.deepEqual((await server.api('/api/messages')).messages.map((one) => one.id), [late, other]);
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
