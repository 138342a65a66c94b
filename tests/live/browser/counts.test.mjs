/* SPDX-License-Identifier: MIT */
// What the navigation counts, sessions while they are open, and rows under a finger.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Smtp, browser, close, isLive, open, pause, plain, row, serve, until } from './support.mjs';

const nav = (page) => page.getByRole('navigation', { name: 'Main' });
const place = (page, name) => nav(page).getByRole('link', { name });

/** A session whose message is refused before it is sent. */
async function refused(server)
{
    const client = await Smtp.open(server);
    await client.say('EHLO refused.local', 250);
    await client.say('MAIL FROM:<a@x.test> SIZE=99999999999', 552);
    await client.say('QUIT', 221);
    client.close();
}

test('the navigation counts what failed and how often each tag occurs', async (t) => {
    const server = await serve(t);
    await browser(t);
    await refused(server);
    await server.send(plain('One', 'hi\r\n', 'X-Tags: billing, two words\r\n'));
    await server.send(plain('Two', 'hi\r\n', 'X-Tags: billing\r\n'));
    const page = await open(server, '/');
    await isLive(page);
    await place(page, /^Failed 1$/).waitFor();
    await place(page, /^billing 2$/).waitFor();

    await refused(server);
    await server.send(plain('Three', 'hi\r\n', 'X-Tags: billing\r\n'));
    await place(page, /^Failed 2$/).waitFor();
    await place(page, /^billing 3$/).waitFor();

    await place(page, /^Failed/).click();
    await until(() => page.url().includes('q=is%3Afailed'), 'the question in the address');
    await until(async () => await page.getByRole('grid').getAttribute('aria-rowcount') === '2', 'the failures alone');
    await close(page);
});

test('open sessions are rows with their duration, are found by is:live, and can be ended', async (t) => {
    const server = await serve(t);
    await browser(t);
    await server.send(plain('Before'));
    const client = await Smtp.open(server);
    await client.say('EHLO waiting.local', 250);
    const other = await Smtp.open(server);
    await other.say('EHLO other.local', 250);

    for (const list of ['sessions', '']) {
        const page = await open(server, `/${list}?q=is%3Alive`);
        await isLive(page);
        await page.getByRole('grid').getByText('waiting.local').waitFor();
        assert.equal(await page.getByRole('grid').getAttribute('aria-rowcount'), '2');
        await page.goto(`${server.http}/${list}?q=is%3Alive+ehlo%3Awaiting.local`);
        await until(async () => await page.getByRole('grid').getAttribute('aria-rowcount') === '1', 'the one that is asked for');
        await close(page);
    }

    const page = await open(server, '/sessions?q=is%3Alive');
    await isLive(page);
    const waiting = page.getByRole('row').filter({ hasText: 'waiting.local' });
    const lasts = await waiting.locator('.size[aria-hidden]').textContent();
    await until(async () => await waiting.locator('.size[aria-hidden]').textContent() !== lasts, 'the ticking duration');
    await waiting.getByRole('button', { name: 'Close connection' }).click();
    await client.reply(421);
    await waiting.waitFor({ state: 'detached' });
    // One that opens later is found too.
    const late = await Smtp.open(server);
    await late.say('EHLO late.local', 250);
    await page.getByRole('row').filter({ hasText: 'late.local' }).waitFor();
    await close(page);
    other.close();
    late.close();
});

test('a session that ended shows its time and whom it waited for', async (t) => {
    const server = await serve(t);
    await browser(t);
    const client = await Smtp.open(server);
    await client.say('EHLO slow.local', 250);
    await pause(700);
    await client.deliver(plain('Slow'));
    await client.say('QUIT', 221);
    client.close();
    const { waits } = await until(async () => (await server.api('/api/sessions')).sessions[0], 'the session');

    const page = await open(server, '/sessions');
    const slow = page.getByRole('row').filter({ hasText: 'slow.local' });
    await slow.getByText(/^slowest .* client$/).waitFor({ state: 'attached' });
    const bar = slow.getByRole('img', { name: /^client .*, server / });
    const share = (who) => bar.locator(`.${who}`).evaluate((one) => Number(getComputedStyle(one).flexGrow));
    assert.equal(await bar.locator('span').count(), 2);
    assert.equal(await share('client'), waits.client_us);
    assert.equal(await share('server'), waits.server_us);
    const { width, height } = await bar.boundingBox();
    assert.deepEqual([width, height], [36, 5]);
    assert.ok((await bar.locator('.client').boundingBox()).width > 18, 'the client took most of it');
    await close(page);
});

test('a finger that rests on a row selects it, one that taps opens it', async (t) => {
    const server = await serve(t);
    await browser(t);
    const id = await server.send(plain('Touched'));
    const page = await open(server, '/', { viewport: { width: 390, height: 844 }, hasTouch: true });
    await isLive(page);
    const touched = row(page, `m${id}`);
    const box = await touched.boundingBox();
    const wire = await page.context().newCDPSession(page);
    const points = [{ x: box.x + 200, y: box.y + 20 }];
    await wire.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: points });
    await until(async () => await touched.getAttribute('aria-selected') === 'true', 'the selection');
    await wire.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    await page.getByText('1 selected').waitFor();
    assert.equal(new URL(page.url()).pathname, '/', 'the press opened nothing');
    await page.getByRole('button', { name: 'Clear the selection' }).tap();
    await touched.tap();
    await page.getByRole('heading', { name: 'Touched' }).waitFor();
    await close(page);
});
