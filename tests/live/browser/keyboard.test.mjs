/* SPDX-License-Identifier: MIT */
// Everything with the keys alone; and typing stays typing.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { browser, close, isLive, open, plain, row, serve, until } from './support.mjs';

async function filled(t, count = 12)
{
    const server = await serve(t);
    await browser(t);
    const ids = [];
    for (let i = 1; i <= count; i++) {
        ids.unshift(await server.send(plain(`Message ${i}`, i === 1 ? 'line\r\n'.repeat(400) : 'Hello.\r\n')));
    }
    return { server, ids };
}

const title = (page, name) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();

test('the keys move, open, change the view and come back', async (t) => {
    const { server, ids } = await filled(t);
    const page = await open(server);
    await row(page, `m${ids[0]}`).waitFor();
    for (const key of ['j', 'j', 'k', 'Enter']) {
        await page.keyboard.press(key);
    }
    await title(page, 'Message 11');
    await page.keyboard.press('3');
    await page.getByRole('rowheader', { name: 'Subject' }).waitFor();
    await page.keyboard.press('j');
    await title(page, 'Message 10');
    await page.getByRole('tab', { name: /^Headers/, selected: true }).waitFor();
    await page.keyboard.press(']');
    await page.getByRole('tab', { name: 'Source', selected: true }).waitFor();
    await page.keyboard.press('[');
    await page.getByRole('tab', { name: /^Headers/, selected: true }).waitFor();
    await page.keyboard.press('Escape');
    await page.waitForURL(`${server.http}/`);
    await page.waitForFunction(() => document.activeElement?.id === 'list');
    assert.equal(await page.locator('#list').getAttribute('aria-activedescendant'), `row-m${ids[2]}`);
    for (const [keys, path] of [['g m', '/messages'], ['g s', '/sessions'], ['g h', '/setup'], ['g a', '/']]) {
        for (const key of keys.split(' ')) {
            await page.keyboard.press(key);
        }
        await page.waitForURL(server.http + path);
    }
    await close(page);
});

test('one step of Back undoes a whole series of j', async (t) => {
    const { server, ids } = await filled(t, 6);
    const page = await open(server);
    await row(page, `m${ids[0]}`).click();
    await title(page, 'Message 6');
    for (let i = 5; i >= 3; i--) {
        await page.keyboard.press('j');
    }
    await title(page, 'Message 3');
    await page.goBack();
    await title(page, 'Message 6');
    await close(page);
});

test('typing in the search box is typing, and shortcuts can be switched off', async (t) => {
    const { server, ids } = await filled(t, 3);
    const page = await open(server);
    await row(page, `m${ids[0]}`).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('j#?x');
    const box = page.getByRole('combobox', { name: 'Search' });
    assert.equal(await box.inputValue(), 'j#?x');
    assert.equal(await page.getByRole('dialog').count(), 0);
    await box.fill('');
    await page.keyboard.press('Enter');
    await page.goto(`${server.http}/settings`);
    await page.getByRole('checkbox', { name: 'Single-letter shortcuts' }).uncheck();
    await page.getByRole('link', { name: 'Messages' }).click();
    await row(page, `m${ids[0]}`).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('?');
    assert.equal(await page.getByRole('dialog').count(), 0);
    assert.equal(await page.locator('.row.cursor').getAttribute('id'), `row-m${ids[0]}`);
    await close(page);
});

test('the arrow keys scroll a long text', async (t) => {
    const { server, ids } = await filled(t, 2);
    const page = await open(server, `/messages/${ids.at(-1)}/text`);
    const text = page.getByRole('region', { name: 'Text of the message' });
    await text.waitFor();
    await text.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await until(() => text.evaluate((node) => node.scrollTop > 0), 'the text to scroll');
    await title(page, 'Message 1');
    await close(page);
});

test('rows are selected, deleted, brought back, and gone for good when nobody asks for them', async (t) => {
    const { server, ids } = await filled(t);
    const page = await open(server, '/', { settings: { undo: 120 } });
    await isLive(page);
    await row(page, `m${ids[0]}`).waitFor();
    await page.keyboard.press('x');
    for (let i = 0; i < 4; i++) {
        await page.keyboard.press('J');
    }
    await page.getByText('5 selected').waitFor();
    await page.keyboard.press('#');
    await page.getByText('Deleted 5 items.').waitFor();
    await row(page, `m${ids[4]}`).waitFor({ state: 'detached' });
    assert.equal((await server.api('/api/messages')).total, 12);
    await page.getByRole('button', { name: 'Undo' }).click();
    for (const id of ids.slice(0, 6)) {
        await row(page, `m${id}`).waitFor();
    }
    const order = await page.getByRole('grid').getByRole('row').evaluateAll((rows) => rows.map((one) => one.id));
    assert.deepEqual(order, ids.map((id) => `row-m${id}`));

    await page.goto(`${server.http}/settings`);
    await page.getByRole('spinbutton', { name: /seconds/ }).fill('1');
    await page.keyboard.press('Tab');
    await page.getByRole('link', { name: 'Activity' }).click();
    await row(page, `m${ids[0]}`).waitFor();
    for (const key of ['x', 'J', 'J', 'J', 'J', '#']) {
        await page.keyboard.press(key);
    }
    const left = async () => (await server.api('/api/messages')).messages.map((one) => one.id);
    await until(async () => (await left()).length === 7, 'the deletes');
    assert.deepEqual(await left(), ids.slice(5));

    await row(page, `m${ids[7]}`).click();
    await title(page, 'Message 5');
    await page.keyboard.press('#');
    await row(page, `m${ids[7]}`).waitFor({ state: 'detached' });
    // The row that takes the place has the focus.
    await page.waitForFunction(() => document.activeElement?.id === 'list');
    assert.equal(await page.locator('#list').getAttribute('aria-activedescendant'), `row-m${ids[8]}`);
    await until(async () => (await left()).length === 6, 'the delete');
    await close(page);
});

test('a delete that waits for its undo is done when the page is left', async (t) => {
    const { server, ids } = await filled(t, 3);
    const page = await open(server, '/', { settings: { undo: 120 } });
    await row(page, `m${ids[0]}`).waitFor();
    await page.keyboard.press('#');
    await page.getByText('Deleted 1 item.').waitFor();
    await page.goto('about:blank');
    await until(async () => (await server.api('/api/messages')).total === 2, 'the delete');
    await page.context().close();
});

test('y copies the link to the row under the cursor, or to what is open', async (t) => {
    const { server, ids } = await filled(t, 3);
    const page = await open(server, '/messages', { permissions: ['clipboard-read', 'clipboard-write'] });
    const copies = async (path) => {
        await page.keyboard.press('y');
        await until(async () => await page.evaluate(() => navigator.clipboard.readText()) === server.http + path, `the link to ${path}`);
    };
    await row(page, `m${ids[0]}`).waitFor();
    await copies(`/messages/${ids[0]}`);
    await page.keyboard.press('j');
    await copies(`/messages/${ids[1]}`);
    await page.goto(`${server.http}/messages/${ids[1]}/headers`);
    await page.getByRole('rowheader', { name: 'Subject' }).waitFor();
    await copies(`/messages/${ids[1]}/headers`);
    // With the arrow keys the cursor leaves what is open.
    await row(page, `m${ids[2]}`).waitFor();
    await page.locator('#list').focus();
    await page.keyboard.press('ArrowDown');
    await copies(`/messages/${ids[2]}`);
    await close(page);
});

test('messages are read when they are opened, and marked and tagged with the keys', async (t) => {
    const { server, ids } = await filled(t, 3);
    const page = await open(server);
    const first = row(page, `m${ids[0]}`);
    await first.waitFor();
    assert.ok((await first.getAttribute('class')).includes('new'));
    await first.click();
    await until(async () => (await server.api(`/api/messages/${ids[0]}`)).read, 'the read mark');
    await page.keyboard.press('m');
    await until(async () => !(await server.api(`/api/messages/${ids[0]}`)).read, 'the unread mark');
    await page.keyboard.press('t');
    await page.getByRole('dialog', { name: 'Tags' }).getByRole('textbox').fill('billing, urgent');
    await page.keyboard.press('Enter');
    await first.getByText('urgent').waitFor();
    await until(async () => (await server.api(`/api/messages/${ids[0]}`)).tags.join() === 'billing,urgent', 'the tags');
    await close(page);
});

/** The table of shortcuts that the running page exports, found by its shape: names do not survive the bundler. */
async function exportedKeys(page)
{
    return page.evaluate(async () => {
        const loaded = performance.getEntriesByType('resource').map((one) => one.name).filter((name) => name.endsWith('.js'));
        for (const url of loaded) {
            for (const one of Object.values(await import(url))) {
                if (Array.isArray(one) && one.every((entry) => Array.isArray(entry?.keys) && typeof entry.run === 'function')) {
                    return one.map(({ keys, what }) => `${keys.join(' ')}: ${what}`);
                }
            }
        }
        return [];
    });
}

test('the help lists every shortcut that there is', async (t) => {
    const server = await serve(t);
    await browser(t);
    await server.send(plain('One'));
    const page = await open(server);
    await page.getByRole('grid').waitFor();
    const table = await exportedKeys(page);
    assert.ok(table.length > 30, `${table.length} shortcuts`);
    await page.keyboard.press('?');
    const dialog = page.getByRole('dialog', { name: 'Shortcuts' });
    await dialog.waitFor();
    const listed = await dialog.locator('.shortcuts > div').evaluateAll((all) => all.map((one) =>
        `${[...one.querySelectorAll('kbd')].map((key) => key.textContent).join(' ')}: ${one.querySelector('dd').textContent}`));
    assert.deepEqual(listed.toSorted(), table.toSorted());
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Command' }).fill('m1');
    await page.keyboard.press('Enter');
    await title(page, 'One');
    await close(page);
});

test('between a phone and a desk the list stands beside what is open, or above it', async (t) => {
    const { server, ids } = await filled(t, 3);
    const page = await open(server, `/messages/${ids[0]}/text`, { viewport: { width: 800, height: 800 } });
    const boxes = async () => {
        await title(page, 'Message 3');
        return [await page.locator('#list-pane').boundingBox(), await page.locator('article.detail').boundingBox()];
    };
    const [list, detail] = await boxes();
    assert.ok(list.x + list.width <= detail.x && list.height > 500 && detail.height > 500);
    await page.goto(`${server.http}/settings`);
    await page.getByRole('checkbox', { name: /^List above what is open/ }).check();
    await page.goto(`${server.http}/messages/${ids[0]}/text`);
    const [above, below] = await boxes();
    assert.ok(above.y + above.height <= below.y && above.width > 700 && below.width > 700 && above.height > 150);
    await page.setViewportSize({ width: 1300, height: 800 });
    const [wide, open1300] = await boxes();
    assert.ok(wide.x + wide.width <= open1300.x);
    await page.setViewportSize({ width: 690, height: 800 });
    await page.locator('#list-pane').waitFor({ state: 'hidden' });
    await close(page);
});

test('the splitter moves with the arrow keys', async (t) => {
    const server = await serve(t);
    await browser(t);
    await server.send(plain('One'));
    const page = await open(server);
    const bar = page.getByRole('separator', { name: 'Width of the list' });
    await bar.focus();
    const before = Number(await bar.getAttribute('aria-valuenow'));
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction((wanted) => document.querySelector('.panes [role=separator]').getAttribute('aria-valuenow') === wanted, String(before + 16));
    await page.keyboard.press('Home');
    await page.waitForFunction(() => document.querySelector('.panes [role=separator]').getAttribute('aria-valuenow') === '280');
    await close(page);
});
