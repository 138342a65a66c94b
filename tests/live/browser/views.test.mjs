/* SPDX-License-Identifier: MIT */
// The views of a message, with the mail that breaks them elsewhere.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { both, browser, close, open, plain, serve, until } from './support.mjs';

const views = ['HTML', 'Text', 'Headers', 'Source', 'Parts', 'Transcript'];

function manyParts(count)
{
    const more = 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n';
    const parts = Array.from({ length: count }, (_, i) => `--b\r\nContent-Type: text/plain; name="part${i}.txt"\r\n\r\npart ${i}\r\n`);
    return plain('Many parts', `${parts.join('')}--b--\r\n`, more);
}

const mails = {
    'only text': plain('Only text'),
    'only HTML': plain('Only HTML', '<p>hi</p>\r\n', 'MIME-Version: 1.0\r\nContent-Type: text/html\r\n'),
    'nothing at all': '',
    'a header alone': 'Subject: Header alone\r\n',
    '200 parts': manyParts(200),
    'broken MIME': plain('Broken', '--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--c\r\n', 'Content-Type: multipart/mixed; boundary="b"\r\nContent-Transfer-Encoding: base64\r\n'),
    '8-bit header fields': Buffer.from('From: J\xfcrgen <j@x.test>\r\nSubject: Gr\xfc\xdfe\r\n\r\nhi\r\n', 'latin1'),
    'NUL and bare line ends': Buffer.from('Subject: Odd octets\r\n\r\nNUL \0 here\nbare LF\rbare CR\r\n', 'latin1'),
    'a long line': plain('Long', `${'x'.repeat(50_000)}\r\n`),
    'right-to-left text': plain('שלום', 'שלום עולם\r\n', 'Content-Type: text/plain; charset=utf-8\r\n'),
    'a wrong charset': Buffer.from(plain('Charset', 'Gr\xfc\xdfe\r\n', 'Content-Type: text/plain; charset=no-such-thing\r\n'), 'latin1'),
};

/** What each view of a message shows once it is there. */
const shows = {
    HTML: (page) => page.frameLocator('iframe').locator('body'),
    Text: (page) => page.getByRole('region', { name: 'Text of the message' }).or(page.getByText('no text/plain part')),
    Headers: (page) => page.getByRole('region', { name: 'Header fields' }),
    Source: (page) => page.getByRole('region', { name: /^Source of message/ }),
    Parts: (page) => page.getByRole('treeitem'),
    Transcript: (page) => page.getByRole('row', { name: /message data/ }),
};

/** Opens each view, and waits for what it shows. */
async function everyTab(page)
{
    await page.getByRole('heading', { level: 1 }).waitFor();
    for (const name of views) {
        const tab = page.getByRole('tab', { name: new RegExp(`^${name}`) });
        if (await tab.getAttribute('aria-disabled') === null) {
            await tab.click();
            await page.getByRole('tab', { name: new RegExp(`^${name}`), selected: true }).waitFor();
            await shows[name](page).first().waitFor();
            await page.getByText('Loading…').first().waitFor({ state: 'detached' });
        }
    }
}

test('every view of every message opens without an error', async (t) => {
    const server = await serve(t);
    await browser(t);
    for (const [what, raw] of Object.entries(mails)) {
        await t.test(what, async () => {
            const id = await server.send(raw);
            const page = await open(server, `/messages/${id}`);
            await everyTab(page);
            await close(page);
        });
    }
    await t.test('20 MB', async () => {
        const raw = plain('Big', `${'0123456789abcdef'.repeat(4)}\r\n`.repeat(318_000));
        const id = await server.send(raw);
        const page = await open(server, `/messages/${id}/source`);
        await page.getByText('Subject: Big').waitFor();
        const source = page.getByRole('region', { name: `Source of message ${id}` });
        await source.evaluate((node) => {
            node.scrollTop = node.scrollHeight;
        });
        await source.locator('[data-line="318006"]').waitFor();
        assert.ok(await source.locator('.sline').count() < 200);
        await everyTab(page);
        await close(page);
    });
});

test('a message without HTML says so and opens as text', async (t) => {
    const server = await serve(t);
    await browser(t);
    const id = await server.send(plain('Plain', '> quoted\r\nsee https://example.test/a?b=1, please\r\n'));
    const page = await open(server, `/messages/${id}`);
    await page.getByRole('tab', { name: 'Text', selected: true }).waitFor();
    assert.equal(await page.getByRole('tab', { name: 'HTML' }).getAttribute('title'), 'This message has no HTML part');
    assert.equal(await page.getByRole('link', { name: 'https://example.test/a?b=1' }).getAttribute('rel'), 'noopener noreferrer');
    await close(page);
});

test('the source is the bytes of the API, with what is invisible made visible', async (t) => {
    const server = await serve(t);
    await browser(t);
    const raw = Buffer.from('Subject: Octets\r\n\r\n.dot\r\n..two\r\nNUL \0\nbare\r\nfin é\r\n', 'utf8');
    const id = await server.send(raw);
    const page = await open(server, `/messages/${id}/source`, { permissions: ['clipboard-read', 'clipboard-write'] });
    const source = page.getByRole('region', { name: `Source of message ${id}` });
    await source.locator('.pill').getByText('NUL', { exact: true }).waitFor();
    await source.getByText('▲ bare LF').waitFor();
    assert.equal(await source.locator('[data-stuffed]').count(), 0);
    await page.getByRole('button', { name: 'Copy all' }).click();
    await page.getByText('Source copied.').waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied, (await server.api(`/api/messages/${id}/raw`)).toString('utf8'));

    // What is selected and copied by hand is the text itself, without pills, numbers and marks.
    const selected = await source.evaluate((node) => {
        getSelection().selectAllChildren(node);
        return getSelection().toString();
    });
    assert.equal(selected.replace(/\s+/g, ' ').trim(), raw.toString('utf8').replace(/[\s\0]+/g, ' ').trim());

    await page.getByRole('button', { name: 'As sent (wire)' }).click();
    await source.getByText('stuffed').first().waitFor();
    assert.equal(await source.locator('[data-stuffed]').count(), 2);
    const wire = (await server.api(`/api/messages/${id}/wire`)).toString('utf8');
    assert.equal(wire, 'Subject: Octets\r\n\r\n..dot\r\n...two\r\nNUL \0\nbare\r\nfin é\r\n.\r\n');
    await page.getByRole('button', { name: 'Copy all' }).click();
    await until(async () => await page.evaluate(() => navigator.clipboard.readText()) === wire, 'the octets of the wire');

    await page.getByRole('searchbox', { name: 'Find in the source' }).fill('00 0a');
    await page.keyboard.press('Enter');
    await source.locator('.hit').waitFor();
    await page.goto(`${server.http}/messages/${id}/source#L3-L4`);
    await page.locator('.sline.target').nth(1).waitFor();
    await close(page);
});

test('an address of the source marks its lines', async (t) => {
    const server = await serve(t);
    await browser(t);
    const id = await server.send(plain('Lines', 'a line\r\n'.repeat(2000)));
    const page = await open(server, `/messages/${id}/source#L1500-L1501`);
    await page.locator('.sline.target [data-line="1500"]').waitFor();
    await page.locator('.sline.target [data-line="1501"]').waitFor();
    await close(page);
});

test('a part in base64 is one line of the source until it is unfolded', async (t) => {
    const server = await serve(t);
    await browser(t);
    const encoded = Buffer.alloc(3000, 'x').toString('base64').replace(/.{76}/g, '$&\r\n');
    const id = await server.send(plain('Encoded', `${encoded}\r\n`, 'MIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n'));
    const page = await open(server, `/messages/${id}/source`);
    const fold = page.getByRole('button', { name: /base64, .* 3,000 decoded/ });
    await fold.waitFor();
    const tops = await page.locator('.sline').evaluateAll((all) => all.map((one) => Math.round(one.getBoundingClientRect().top)));
    assert.ok(tops.length < 20);
    assert.deepEqual(tops, [...new Set(tops)].toSorted((a, b) => a - b), 'each line has a place of its own');
    await fold.click();
    await page.locator('.sline .code').getByText(encoded.slice(0, 76)).first().waitFor();
    await close(page);
});

test('attachments are downloads with safe names, and their own names are shown', async (t) => {
    const server = await serve(t);
    await browser(t);
    const names = ['../../e\u202Egpj.exe', 'CON', 'a'.repeat(300), ''];
    const parts = names.map((name) => `--b\r\nContent-Type: application/x-thing\r\nContent-Disposition: attachment; filename*=utf-8''${encodeURIComponent(name)}\r\n\r\nx\r\n`);
    parts.push('--b\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename=page.html\r\n\r\n<script>document.title=1</script>\r\n');
    parts.push('--b\r\nContent-Type: image/svg+xml\r\nContent-Disposition: attachment; filename=pic.svg\r\n\r\n<svg xmlns="http://www.w3.org/2000/svg"/>\r\n');
    const id = await server.send(plain('Attachments', `${parts.join('')}--b--\r\n`, 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n'));
    const page = await open(server, `/messages/${id}/parts/1`, { acceptDownloads: true });
    const wanted = ['egpj.exe', '_CON', 'a'.repeat(120), `m${id}-part-4.bin`, 'page.html', 'pic.svg'];
    const suggested = [];
    for (let i = 1; i <= parts.length; i++) {
        await page.goto(`${server.http}/messages/${id}/parts/${i}`);
        const waiting = page.waitForEvent('download');
        await page.getByRole('link', { name: 'Download' }).click();
        suggested.push((await waiting).suggestedFilename());
    }
    assert.deepEqual(suggested, wanted);
    await page.goto(`${server.http}/messages/${id}/parts/1`);
    await page.getByText('U+202E').first().waitFor();
    await close(page);
});

test('a picture is shown, a part of the wrong name is missed', async (t) => {
    const server = await serve(t);
    await browser(t);
    const pixel = 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';
    const id = await server.send(plain('Picture', `--b\r\nContent-Type: image/gif; name=dot.gif\r\nContent-Transfer-Encoding: base64\r\n\r\n${pixel}\r\n--b--\r\n`,
        'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n'));
    const page = await open(server, `/messages/${id}/parts/1`);
    const picture = page.getByRole('img', { name: 'dot.gif' });
    await until(() => picture.evaluate((node) => node.naturalWidth > 0), 'the picture');
    await page.getByText('d5d5ab0ca4').or(page.getByText(/^[0-9a-f]{64}$/)).first().waitFor();
    await page.goto(`${server.http}/messages/${id}/parts/7.7`);
    await page.getByText('There is no part 7.7').waitFor();
    await close(page);
});

test('the widths and the colour scheme of the preview change', async (t) => {
    const server = await serve(t);
    await browser(t);
    const id = await server.send(both('Preview', 'text', '<h1>Hi</h1>'));
    const page = await open(server, `/messages/${id}/html`, { colorScheme: 'light' });
    const heading = page.frameLocator('iframe').getByRole('heading');
    await heading.waitFor();
    await page.getByRole('button', { name: '360' }).click();
    await until(async () => (await page.locator('iframe').boundingBox()).width === 360, 'the width');
    await page.getByRole('button', { name: 'Dark', exact: true }).click();
    await until(() => heading.evaluate((node) => getComputedStyle(node).color === 'rgb(255, 255, 255)'), 'the dark scheme');
    await close(page);
});

const forwarded = () => plain('Forwarded', [
    '--b', 'Content-Type: text/plain; charset=iso-8859-1', '', 'Gr\xfc\xdfe', '--b', 'Content-Type: message/rfc822', '',
    'From: Inner <inner@x.test>', 'Subject: =?utf-8?Q?Inn=C3=A9r?=', 'MIME-Version: 1.0', 'Content-Type: multipart/alternative; boundary=c', '',
    '--c', 'Content-Type: text/plain', '', 'inner text', '--c', 'Content-Type: text/html', '', '<h2>inner html</h2>', '--c--',
    '--b', 'Content-Type: text/html; name=page.html', 'Content-Disposition: attachment; filename=page.html', '',
    '<script>document.title="PWN"</script><h2>attached</h2>', '--b', 'Content-Type: application/pdf', '', '%PDF', '--b--', '',
].join('\r\n'), 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n');

test('a part is shown as its reader would see it', async (t) => {
    const server = await serve(t);
    await browser(t);
    const id = await server.send(Buffer.from(forwarded(), 'latin1'));
    const page = await open(server, `/messages/${id}/parts/1`);
    const panel = page.locator('#part-panel');
    await panel.getByText('Grüße').waitFor();

    await page.getByRole('treeitem', { name: /message\/rfc822/ }).locator('.node').first().click();
    await panel.getByText('Innér').waitFor();
    await page.frameLocator('iframe').getByRole('heading', { name: 'inner html' }).waitFor();
    await panel.getByRole('link', { name: 'part 2.2' }).click();
    await until(() => page.url().endsWith('/parts/2.2'), 'the part in the address');
    await page.frameLocator('iframe').getByRole('heading', { name: 'inner html' }).waitFor();

    await page.goto(`${server.http}/messages/${id}/parts/3`);
    await page.frameLocator('iframe').getByRole('heading', { name: 'attached' }).waitFor();
    assert.ok(!(await page.title()).includes('PWN'));
    assert.equal(await page.evaluate(() => document.querySelector('iframe').contentDocument), null);
    await page.getByRole('tab', { name: 'Decoded' }).click();
    await panel.getByText('<script>').waitFor();

    await page.goto(`${server.http}/messages/${id}/parts/4`);
    await page.getByRole('tab', { name: 'Decoded', selected: true }).waitFor();
    assert.match(await page.getByRole('tab', { name: 'Preview' }).getAttribute('title'), /application\/pdf is not shown here/);
    await close(page);
});

test('the links of an HTML mail are listed', async (t) => {
    const server = await serve(t);
    await browser(t);
    const id = await server.send(both('Links', 'text', '<a href="https://a.test/?x=1&amp;y=2">Read <b>on</b></a> <a href="javascript:alert(1)">Evil</a>'));
    const page = await open(server, `/messages/${id}/html`);
    await page.getByRole('button', { name: 'Links 2' }).click();
    const listed = page.getByRole('list', { name: 'Links of the message' }).getByRole('listitem');
    assert.equal(await listed.nth(0).getByRole('link').getAttribute('href'), 'https://a.test/?x=1&y=2');
    assert.match(await listed.nth(0).textContent(), /Read on/);
    assert.equal(await listed.nth(1).getByRole('link').count(), 0);
    await close(page);
});

test('a long source is read as far as somebody looks', async (t) => {
    const server = await serve(t);
    await browser(t);
    const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i} ${'x'.repeat(60)}`);
    const raw = plain('Long source', `${lines.join('\r\n')}\r\n`);
    const id = await server.send(raw);
    const page = await open(server, '/', { permissions: ['clipboard-read', 'clipboard-write'] });
    const ranges = [];
    page.on('request', (request) => request.url().endsWith(`/api/messages/${id}/raw`) && ranges.push(request.headers().range));
    await page.goto(`${server.http}/messages/${id}/source`);
    const source = page.getByRole('region', { name: `Source of message ${id}` });
    await page.getByText(/^262 KB of 1\.\d MB read$/).waitFor();
    assert.deepEqual(ranges, ['bytes=0-262143']);

    // What is asked for further down is read up to there.
    await page.goto(`${server.http}/messages/${id}/source#L12000`);
    await source.locator('.sline.target').waitFor();
    await source.getByText('line 11994 ').waitFor();

    await page.getByRole('searchbox', { name: 'Find in the source' }).fill('line 19990 ');
    await page.keyboard.press('Enter');
    await source.locator('.hit').waitFor();
    assert.match(await source.locator('.hit').textContent(), /line 19990 /);
    await page.getByRole('button', { name: 'Copy all' }).click();
    await until(async () => await page.evaluate(() => navigator.clipboard.readText()) === raw, 'the whole source');
    await close(page);
});

test('the parts of a message fold in its source', async (t) => {
    const server = await serve(t);
    await browser(t);
    const text = Array.from({ length: 10 }, (_, i) => `text ${i}`).join('\r\n');
    const id = await server.send(both('Folding', text, `<p>${text}</p>`));
    const page = await open(server, `/messages/${id}/source`);
    const source = page.getByRole('region', { name: `Source of message ${id}` });
    await source.getByText('text 5', { exact: true }).first().waitFor();
    const fold = source.getByRole('button', { name: /text\/plain, \d+ bytes/ });
    await fold.click();
    await until(async () => await source.getByText('text 5', { exact: true }).count() === 1, 'the folded part');
    assert.equal(await fold.getAttribute('aria-expanded'), 'false');
    // An address in the folded part opens it.
    await page.goto(`${server.http}/messages/${id}/source#L12`);
    await source.locator('.sline.target').waitFor();
    await close(page);
});

test('an address of the envelope is searched there, and what was deleted says so', async (t) => {
    const server = await serve(t);
    await browser(t);
    const id = await server.send(plain('Hidden'), { from: 'bounce@acme.test', to: ['ada@example.test', 'bob@example.test'] });
    await server.send(plain('Other'));
    const page = await open(server, `/messages/${id}/text`);
    const hidden = page.locator('.field').filter({ hasText: 'Bcc' }).getByRole('link', { name: 'bob@example.test' });
    await hidden.waitFor();
    await page.getByRole('link', { name: 'bounce@acme.test' }).waitFor();
    await hidden.click();
    await until(() => page.url().includes('q=rcpt%3Abob%40example.test'), 'the question in the address');
    await until(async () => await page.getByRole('grid').getAttribute('aria-rowcount') === '1', 'the one message');
    await server.api(`/api/messages/${id}`, { method: 'DELETE' });
    await page.goto(`${server.http}/messages/${id}`);
    await page.getByRole('heading', { name: 'No such message' }).waitFor();
    await page.getByText(`message ${id} is gone: it was deleted`).waitFor();
    await page.goto(`${server.http}/messages/${id + 100}`);
    await page.getByText(`no message has the id ${id + 100}`).waitFor();
    await close(page);
});

test('everything is marked read at once', async (t) => {
    const server = await serve(t);
    await browser(t);
    await server.send(plain('One'));
    await server.send(plain('Two'));
    const page = await open(server, '/messages');
    await until(async () => await page.locator('.row.new').count() === 2, 'two unread rows');
    await page.getByRole('button', { name: 'List actions' }).click();
    await page.getByRole('menuitem', { name: /^Mark all read/ }).click();
    await until(async () => await page.locator('.row.new').count() === 0, 'no unread row');
    await until(async () => (await server.api('/api/messages')).messages.every((one) => one.read), 'the marks on the server');
    await close(page);
});
