/* SPDX-License-Identifier: MIT */
// For everybody: no violation that axe can find, in every view, theme and width; keys alone; print; small.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { Smtp, both, browser, close, isLive, open, plain, row, serve, until } from './support.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Everything that axe finds against the rules, as sentences. */
async function violations(page)
{
    await page.evaluate(axe);
    return page.evaluate(async () => {
        const { violations: found } = await window.axe.run({ exclude: ['iframe'] }, {
            runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], iframes: false,
        });
        return found.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).slice(0, 3).join(' | ')}`);
    });
}

async function filled(t)
{
    const server = await serve(t);
    await browser(t);
    const id = await server.send(both('For everybody', '> quoted\r\nhello https://x.test/\r\n', '<h1>Hello</h1><img src="http://nowhere.test/x">'), { to: ['ada@example.test', 'bob@example.test'] });
    const client = await Smtp.open(server);
    await client.say('EHLO refused.local', 250);
    await client.say(`AUTH PLAIN ${Buffer.from('\0app\0secret').toString('base64')}`, 235);
    await client.say('MAIL FROM:<a@x.test> SIZE=999999999999', 552);
    await client.say('QUIT', 221);
    await until(async () => (await server.api('/api/activity')).total === 2, 'both rows');
    return { server, id };
}

test('axe finds nothing', async (t) => {
    const { server, id } = await filled(t);
    const places = {
        'activity': ['/', (page) => row(page, `m${id}`)],
        'a search': ['/?q=code:552', (page) => page.getByRole('row', { name: /REFUSED/ })],
        'sessions': ['/sessions', (page) => page.getByRole('row', { name: /REFUSED/ })],
        'a session': ['/sessions/2', (page) => page.getByRole('row', { name: /552/ })],
        'two sessions compared': ['/sessions/2?compare=1', (page) => page.getByRole('region', { name: 's2 and s1 compared' })],
        'settings': ['/settings', (page) => page.getByRole('heading', { name: 'About' })],
        'set up': ['/setup', (page) => page.getByRole('tab', { name: 'Django' })],
        'nothing': ['/messages/999', (page) => page.getByRole('heading', { name: 'No such message' })],
        'HTML': [`/messages/${id}/html`, (page) => page.getByRole('button', { name: 'Show images' })],
        'text': [`/messages/${id}/text`, (page) => page.getByText('quoted')],
        'headers': [`/messages/${id}/headers`, (page) => page.getByRole('rowheader', { name: 'Subject' })],
        'source': [`/messages/${id}/source`, (page) => page.getByText('Subject: For everybody')],
        'parts': [`/messages/${id}/parts`, (page) => page.getByRole('link', { name: 'Download' })],
        'a transcript': [`/messages/${id}/transcript`, (page) => page.getByRole('row', { name: /message data/ })],
    };
    const looks = [['light', 1440], ['dark', 1440], ['light', 375], ['dark', 375]];
    for (const [scheme, width] of looks) {
        const context = await (await browser()).newContext({ viewport: { width, height: 800 }, colorScheme: scheme, reducedMotion: 'reduce', bypassCSP: true });
        const page = await open(server, '/', { context });
        for (const [name, [path, ready]] of Object.entries(places)) {
            await t.test(`in ${name}, ${scheme}, ${width} px`, async () => {
                await page.goto(server.http + path);
                await ready(page).first().waitFor();
                assert.deepEqual(await violations(page), []);
            });
        }
        await t.test(`in the sheets, ${scheme}, ${width} px`, async () => {
            await page.goto(`${server.http}/messages/${id}/text`);
            await page.getByText('quoted').waitFor();
            await page.keyboard.press('?');
            await page.getByRole('dialog').waitFor();
            assert.deepEqual(await violations(page), []);
            await page.keyboard.press('Escape');
            await page.getByRole('dialog').waitFor({ state: 'detached' });
            await page.keyboard.press('Control+k');
            await page.getByRole('dialog', { name: 'Commands' }).waitFor();
            assert.deepEqual(await violations(page), []);
            await page.keyboard.press('Escape');
            await page.getByRole('dialog').waitFor({ state: 'detached' });
            await page.getByRole('button', { name: 'Download' }).click();
            await page.getByRole('menu').waitFor();
            assert.deepEqual(await violations(page), []);
            await page.keyboard.press('Escape');
            await page.getByRole('button', { name: 'Tags' }).click();
            await page.getByRole('dialog', { name: 'Tags' }).waitFor();
            assert.deepEqual(await violations(page), []);
        });
        await context.close();
    }
});

test('the Tab key goes from the head to the navigation, the list and what is open', async (t) => {
    const { server, id } = await filled(t);
    const page = await open(server, `/messages/${id}/text`);
    await page.getByText('quoted').waitFor();
    const order = [];
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content');
    for (let i = 0; i < 60; i++) {
        await page.keyboard.press('Tab');
        order.push(await page.evaluate(() => {
            const node = document.activeElement;
            const seen = node === document.body || getComputedStyle(node).outlineStyle !== 'none' || node.closest('.splitter, .list, [role=treeitem]');
            const place = ['header.top', 'nav', '.listing', '.splitter', '.detail'].find((one) => node.closest(one)) ?? 'other';
            return seen ? place : `no visible focus: ${node.outerHTML.slice(0, 120)}`;
        }));
        if (order.at(-1) === 'other') {
            break;
        }
    }
    const places = order.filter((place, i) => place !== order[i - 1]);
    assert.deepEqual(places.slice(0, 5), ['header.top', 'nav', '.listing', '.splitter', '.detail']);
    await close(page);
});

/** What the Tab key comes by, from the head of the page until it leaves, and what it should come by. */
async function reached(page)
{
    await page.evaluate(() => {
        document.activeElement?.blur();
        getSelection().removeAllRanges();
        const inGroup = '[role=tab], [role=treeitem], [role=menuitem], [role=option]';
        const controls = 'a[href], button, input, select, textarea, summary, [role=separator], [tabindex="0"]';
        for (const one of document.querySelectorAll(controls)) {
            const own = one.checkVisibility({ visibilityProperty: true }) && !one.disabled && one.closest('[inert], [aria-hidden=true]') === null;
            // One stop for a set of tabs or radio buttons, a tree, or the grid, whose arrow keys do the rest.
            if (own && !one.matches(`${inGroup}[tabindex="-1"]`) && !one.matches('[type=radio]:not(:checked)')
                && (one.closest('[role=grid]') === null || one.matches('[role=grid]'))) {
                one.dataset.wanted = '';
            }
        }
        document.body.focus();
    });
    const missed = () => page.evaluate(() => [...document.querySelectorAll('[data-wanted]')].map((one) => one.outerHTML.slice(0, 160)));
    for (let i = 0, most = 20 + 2 * (await missed()).length; i < most && (await missed()).length > 0; i++) {
        await page.keyboard.press('Tab');
        await page.evaluate(() => delete document.activeElement.dataset.wanted);
    }
    return missed();
}

test('every control can be reached with the Tab key', async (t) => {
    const { server, id } = await filled(t);
    const page = await open(server, '/');
    for (const path of ['/', '/sessions/2', '/setup', '/settings', ...['html', 'text', 'headers', 'source', 'parts', 'transcript'].map((view) => `/messages/${id}/${view}`)]) {
        await page.goto(server.http + path);
        await page.getByRole('heading', { level: 1 }).first().waitFor();
        await page.getByText('Loading…').first().waitFor({ state: 'detached' });
        assert.deepEqual(await reached(page), [], path);
    }
    await close(page);
});

test('a dialog keeps the focus and gives it back', async (t) => {
    const { server, id } = await filled(t);
    const page = await open(server, `/messages/${id}/text`);
    await page.getByText('quoted').waitFor();
    const button = page.getByRole('button', { name: 'Tags' });
    await button.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Tags' }).waitFor();
    for (let i = 0; i < 8; i++) {
        await page.keyboard.press('Tab');
        assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest('dialog') !== null));
    }
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.ok(await button.evaluate((node) => node === document.activeElement));
    await close(page);
});

for (const [what, options] of [['320 px', { viewport: { width: 320, height: 640 } }], ['200 % zoom', { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }]]) {
    test(`nothing is wider than the page at ${what}`, async (t) => {
        const { server, id } = await filled(t);
        const page = await open(server, '/', options);
        for (const path of ['/', '/sessions/2', '/setup', '/settings', ...['html', 'text', 'headers', 'source', 'parts', 'transcript'].map((view) => `/messages/${id}/${view}`)]) {
            await page.goto(server.http + path);
            await page.getByRole('heading', { level: 1 }).first().waitFor();
            await page.getByText('Loading…').first().waitFor({ state: 'detached' });
            const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
            assert.ok(wide <= 0, `${path} is ${wide} px too wide`);
        }
        await close(page);
    });
}

test('nothing moves for those who do not want it', async (t) => {
    const { server } = await filled(t);
    const client = await Smtp.open(server);
    await client.say('EHLO live.local', 250);
    const page = await open(server, '/sessions', { reducedMotion: 'reduce' });
    await page.getByRole('row', { name: /live\.local/ }).click();
    await page.getByText('waiting for client').waitFor();
    assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
    client.close();
    await close(page);
});

test('what is chosen can be told in the colours of the system', async (t) => {
    const { server, id } = await filled(t);
    const page = await open(server, `/messages/${id}/html`, { forcedColors: 'active' });
    await page.getByRole('button', { name: 'Show images' }).waitFor();
    const style = (place, name) => place.evaluate((node, one) => getComputedStyle(node)[one], name);
    assert.notEqual(await style(page.getByRole('button', { name: 'full', exact: true }), 'backgroundColor'), await style(page.getByRole('button', { name: '360' }), 'backgroundColor'));
    assert.equal(await style(page.locator('.row.open'), 'outlineStyle'), 'solid');
    const line = (name) => style(page.getByRole('tab', { name }), 'borderBottomColor');
    assert.notEqual(await line('HTML'), await line('Text'));
    await close(page);
});

/** Prints the page and looks for texts on the paper, whose line breaks say nothing; returns what is on it. */
async function onPaper(t, page, wanted)
{
    const read = spawnSync('pdftotext', ['-layout', '-', '-'], { input: await page.pdf(), encoding: 'utf8' });
    if (read.error) {
        t.diagnostic('pdftotext is not installed: what is on the paper was not read');
        return '';
    }
    const paper = read.stdout.replace(/\s+/g, '');
    for (const text of wanted) {
        assert.ok(paper.includes(text.replace(/\s+/g, '')), `${text} is not on the paper`);
    }
    return read.stdout;
}

test('a transcript prints every row, its words and nothing of the frame', async (t) => {
    const { server } = await filled(t);
    const page = await open(server, '/sessions/2');
    await page.getByRole('table', { name: 'Transcript' }).getByRole('row', { name: /552/ }).waitFor();
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.locator('nav').isVisible(), false);
    assert.equal(await page.locator('.listing').isVisible(), false);
    const printed = await page.locator('.transcript').innerText();
    const wanted = ['EHLO', 'refused.local', 'AUTH PLAIN', '235', 'MAIL FROM:<a@x.test> SIZE=999999999999', '552', 'QUIT', '221'];
    for (const text of wanted) {
        assert.ok(printed.includes(text), text);
    }
    const cut = await page.locator('.transcript').evaluate((node) => node.scrollHeight > node.clientHeight + 1);
    assert.equal(cut, false);
    await onPaper(t, page, [...wanted, '250-PIPELINING', '250 HELP', 'Error', page.url()]);
    // What was folded is unfolded on paper, and nothing waits there for what is not yet read.
    await page.emulateMedia({ media: null });
    await page.goto(`${server.http}/sessions/1`);
    await page.getByRole('row', { name: /message data/ }).waitFor();
    assert.doesNotMatch(await onPaper(t, page, ['250-PIPELINING', 'DATA', '354', 'message data', 'QUIT', '221']), /Loading/);
    await close(page);
});

test('a list prints the rows in sight, a preview says where it prints', async (t) => {
    const { server, id } = await filled(t);
    const page = await open(server, '/');
    await row(page, `m${id}`).waitFor();
    await page.getByRole('row', { name: /REFUSED/ }).waitFor();
    await onPaper(t, page, ['For everybody', 'REFUSED', 'refused.local', page.url()]);
    await page.goto(`${server.http}/messages/${id}/html`);
    await page.getByRole('button', { name: 'Show images' }).waitFor();
    assert.doesNotMatch(await onPaper(t, page, ['For everybody', 'prints from a tab of its own']), /Show images/);
    await close(page);
});

test('the code that the page starts with is small, and nothing comes from elsewhere', async (t) => {
    const server = await serve(t);
    await browser(t);
    await server.send(plain('Small'));
    const page = await open(server, '/');
    await row(page, 'm1').waitFor();
    await isLive(page);
    const loaded = await page.evaluate(() => performance.getEntriesByType('resource').map((one) => [new URL(one.name).pathname, one.encodedBodySize]));
    const sum = (ending) => loaded.filter(([path]) => path.endsWith(ending)).reduce((total, [, size]) => total + size, 0);
    assert.ok(sum('.js') > 10_000 && sum('.js') <= 45_000, `${sum('.js')} octets of script`);
    assert.ok(sum('.css') > 1000 && sum('.css') <= 10_000, `${sum('.css')} octets of style`);
    await close(page);
});
