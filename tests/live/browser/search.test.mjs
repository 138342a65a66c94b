/* SPDX-License-Identifier: MIT */
// The search box: the server's grammar, offered while typing; nothing that is wrong is dropped in silence.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { browser, close, open, plain, row, serve } from './support.mjs';

test('the box offers fields and values, and asks the server', async (t) => {
    const server = await serve(t);
    await browser(t);
    const ada = await server.send(plain('For Ada'));
    const bob = await server.send(plain('For Bob').replace('ada@example.test', 'bob@example.test'), { to: ['bob@example.test'] });
    const page = await open(server);
    await row(page, `m${ada}`).waitFor();
    const box = page.getByRole('combobox', { name: 'Search' });
    await box.click();
    await page.keyboard.type('fr');
    await page.getByRole('option', { name: /^from:/ }).waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await box.inputValue(), 'from:');
    await page.getByRole('option', { name: 'from:no-reply@acme.test' }).waitFor();
    await box.fill('');
    await page.keyboard.type('rcp');
    await page.getByRole('option', { name: /^rcpt:/ }).waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await box.inputValue(), 'rcpt:');
    await page.getByRole('option', { name: /rcpt:bob@example\.test/ }).waitFor();
    await page.keyboard.type('bob');
    await page.getByRole('option', { name: /rcpt:bob@example\.test/ }).click();
    assert.equal(await box.inputValue(), 'rcpt:bob@example.test');
    await row(page, `m${ada}`).waitFor({ state: 'detached' });
    await row(page, `m${bob}`).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=rcpt%3Abob/);
    await page.getByRole('button', { name: 'Clear the search' }).click();
    await row(page, `m${ada}`).waitFor();
    await close(page);
});

test('a question that cannot be understood says where, and leaves the rows', async (t) => {
    const server = await serve(t);
    await browser(t);
    const id = await server.send(plain('Stays'));
    const page = await open(server);
    await row(page, `m${id}`).waitFor();
    await page.getByRole('combobox', { name: 'Search' }).click();
    // At once: half of it, such as the word "after", would be another question.
    await page.keyboard.insertText('subject:stays after:notadate');
    const complaint = page.getByRole('alert').filter({ hasText: 'notadate' });
    await complaint.waitFor();
    assert.match(await complaint.locator('mark').textContent(), /notadate/);
    await row(page, `m${id}`).waitFor();
    await close(page);
});

test('only what was found is offered as a finding', async (t) => {
    const server = await serve(t);
    await browser(t);
    await server.send(plain('Bare', 'line\nend\r\n'));
    const { findings } = await server.api('/api/findings?limit=500');
    const occurring = [...new Set(findings.map((one) => one.check))];
    assert.ok(occurring.length > 0);
    const page = await open(server);
    await row(page, 'm1').waitFor();
    await page.getByRole('combobox', { name: 'Search' }).click();
    await page.keyboard.type('finding:');
    await page.getByRole('option', { name: `finding:${occurring[0]}` }).waitFor();
    const offered = await page.getByRole('option').locator('code').allTextContents();
    assert.deepEqual(offered.toSorted(), ['error', 'warning', 'info', ...occurring].map((one) => `finding:${one}`).toSorted());
    await close(page);
});

test('an id goes straight to its item', async (t) => {
    const server = await serve(t);
    await browser(t);
    const id = await server.send(plain('By number'));
    const page = await open(server);
    await row(page, `m${id}`).waitFor();
    await page.getByRole('combobox', { name: 'Search' }).fill(`m${id}`);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'By number' }).waitFor();
    await close(page);
});

test('a search stays true while mail arrives', async (t) => {
    const server = await serve(t);
    await browser(t);
    await server.send(plain('Alpha one'));
    const page = await open(server, '/?q=subject:alpha');
    await row(page, 'm1').waitFor();
    const other = await server.send(plain('Beta'));
    const next = await server.send(plain('Alpha two'));
    await row(page, `m${next}`).waitFor();
    assert.equal(await row(page, `m${other}`).count(), 0);
    await close(page);
});

test('the chips ask what is often asked', async (t) => {
    const server = await serve(t);
    await browser(t);
    const id = await server.send(plain('Fine'));
    const page = await open(server);
    await row(page, `m${id}`).waitFor();
    await page.getByRole('button', { name: 'Failed' }).click();
    await page.waitForURL(/q=is%3Afailed/);
    await page.getByText('Nothing matches this search.').waitFor();
    await page.getByRole('button', { name: 'Failed' }).click();
    await row(page, `m${id}`).waitFor();
    await close(page);
});
