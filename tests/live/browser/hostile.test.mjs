/* SPDX-License-Identifier: MIT */
// Mail is hostile: its HTML runs nothing, fetches nothing, connects nowhere, and never leaves its frame.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';

import { both, browser, close, open, plain, serve, until } from './support.mjs';

/** A listener that nobody should ever reach; counts connections, so that a mere preconnect is seen too. */
async function canary(t)
{
    const seen = { connections: 0, requests: [] };
    const listener = createServer((socket) => {
        seen.connections++;
        socket.on('data', (octets) => {
            seen.requests.push(octets.toString('latin1'));
            socket.end('HTTP/1.1 200 OK\r\nContent-Type: image/gif\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
        });
        socket.on('error', () => undefined);
    });
    await new Promise((resolve) => listener.listen(0, '127.0.0.1', resolve));
    t.after(() => new Promise((resolve) => listener.close(resolve)));
    seen.url = `http://127.0.0.1:${listener.address().port}`;
    return seen;
}

const corpus = (url) => `<!doctype html><html><head>
<base href="${url}/base/"><meta http-equiv="refresh" content="0; url=${url}/refresh">
<meta http-equiv="Content-Security-Policy" content="default-src *">
<link rel="preconnect" href="${url}"><link rel="dns-prefetch" href="${url}"><link rel="prefetch" href="${url}/prefetch">
<link rel="preload" as="image" href="${url}/preload"><link rel="modulepreload" href="${url}/module.js"><link rel="prerender" href="${url}/prerender">
<link rel=" Stylesheet PRECONNECT " href="${url}/both.css"><link rel="stylesheet" href="${url}/style.css"><link rel="icon" href="${url}/icon">
<link rel="manifest" href="${url}/manifest"><script src="${url}/script.js"></script><script>top.document.title = 'PWN'; document.title = 'PWN'; parent.postMessage('PWN', '*')</script>
<script type="speculationrules">{"prefetch":[{"source":"list","urls":["${url}/speculation"]}]}</script>
<style>@import url(${url}/import.css); @font-face { font-family: x; src: url(${url}/font) } body { font-family: x; background: url(${url}/background) }</style></head>
<body onload="document.title = 'PWN'" background="${url}/attribute">
<h1>Hostile</h1><p id="x">anchor</p>
<img src="${url}/image" srcset="${url}/srcset 2x" onerror="document.title = 'PWN'"><img src="x" onerror="top.location = '${url}/onerror'">
<svg><image href="${url}/svg"/><use href="${url}/use#a"/><script>document.title = 'PWN'</script></svg>
<video src="${url}/video" poster="${url}/poster" autoplay></video><audio src="${url}/audio" autoplay></audio>
<object data="${url}/object"></object><embed src="${url}/embed"><iframe src="${url}/iframe"></iframe><iframe srcdoc="<script>top.document.title='PWN'</script>"></iframe>
<picture><source srcset="${url}/source"><img src="${url}/picture"></picture><input type="image" src="${url}/input">
<form id="f" action="${url}/form"><button id="submit">Send</button></form>
<a id="frag" href="#x">fragment</a> <a id="top" target="_top" href="${url}/top">top</a> <a id="self" target="_self" href="${url}/self">self</a>
<a id="js" href="javascript:document.title='PWN'">js</a> <a id="ping" ping="${url}/ping" href="${url}/link">link</a>
</body></html>`;

const frameOf = (page) => page.frameLocator('iframe');

async function openHostile(server, url)
{
    const id = await server.send(both('Hostile', 'text', corpus(url)));
    const page = await open(server, `/messages/${id}/html`);
    await frameOf(page).getByRole('heading', { name: 'Hostile' }).waitFor();
    return { id, page };
}

/** No page of the context, and no frame in it, was taken over. */
async function assertUntouched(page, server)
{
    for (const one of page.context().pages()) {
        assert.notEqual(await one.title(), 'PWN');
        for (const frame of one.frames()) {
            assert.notEqual(await frame.evaluate(() => document.title).catch(() => ''), 'PWN');
        }
    }
    assert.equal(new URL(page.url()).origin, server.http);
}

test('a hostile message', async (t) => {
    const server = await serve(t);
    await browser(t);

    await t.test('runs nothing, fetches nothing and connects nowhere when it is opened', async (tt) => {
        const trap = await canary(tt);
        const { page } = await openHostile(server, trap.url);
        // A second look at the page gives everything that could still start its time.
        await page.getByRole('tab', { name: 'Text' }).click();
        await page.getByRole('tab', { name: 'HTML' }).click();
        await frameOf(page).getByRole('heading', { name: 'Hostile' }).waitFor();
        await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1500)));
        await assertUntouched(page, server);
        assert.equal(trap.connections, 0, trap.requests.join('\n'));
        assert.equal(await page.evaluate(() => document.querySelector('iframe').contentDocument), null);
        // The listener is the judge: the browser reports requests that it never made.
        page.strangers.length = 0;
        await close(page);
    });

    await t.test('gets only its images when they are allowed, without cookie and referrer', async (tt) => {
        const trap = await canary(tt);
        const { page } = await openHostile(server, trap.url);
        await page.context().addCookies([{ name: 'secret', value: '1', url: server.http }]);
        await page.getByRole('button', { name: 'Show images' }).click();
        await until(() => trap.requests.some((one) => one.startsWith('GET /image')), 'the image request');
        await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1000)));
        const paths = trap.requests.map((one) => /^\w+ (\S+)/.exec(one)[1]);
        const images = ['/image', '/srcset', '/background', '/attribute', '/svg', '/poster', '/source', '/picture', '/input', '/base/x'];
        assert.deepEqual(paths.filter((path) => !images.includes(path)), []);
        assert.ok(trap.requests.every((one) => !/^(cookie|referer):/im.test(one)), trap.requests.join('\n'));
        await assertUntouched(page, server);
        await page.context().close();
    });

    for (const link of ['frag', 'top', 'self', 'js', 'submit']) {
        await t.test(`a click on its ${link} leaves the page where it is and runs nothing`, async (tt) => {
            const trap = await canary(tt);
            const { id, page } = await openHostile(server, trap.url);
            await frameOf(page).locator(`#${link}`).click({ noWaitAfter: true });
            await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 700)));
            assert.equal(page.url(), `${server.http}/messages/${id}/html`);
            await page.getByRole('heading', { level: 1, name: 'Hostile' }).waitFor();
            // Also where the click threw the message out of its frame, it is back.
            await frameOf(page).getByRole('heading', { name: 'Hostile' }).waitFor();
            await assertUntouched(page, server);
            const others = page.context().pages().filter((one) => one !== page);
            for (const other of others) {
                assert.ok(!other.url().startsWith(server.http), `an unsandboxed page of ours opened: ${other.url()}`);
            }
            await page.context().close();
        });
    }

    await t.test('opens one new tab for a plain link', async (tt) => {
        const trap = await canary(tt);
        const { page } = await openHostile(server, trap.url);
        // The page says that keys go to the frame as soon as the button is down: the link must not move away from below it.
        await frameOf(page).locator('#ping').hover();
        const before = await page.locator('iframe').boundingBox();
        await page.mouse.down();
        await page.getByText('Keys go to the preview').waitFor();
        assert.deepEqual(await page.locator('iframe').boundingBox(), before);
        const opened = page.context().waitForEvent('page');
        await page.mouse.up();
        await opened;
        await until(() => trap.requests.some((one) => one.startsWith('GET /link')), 'the link');
        assert.ok(!trap.requests.some((one) => one.startsWith('POST')), 'no ping');
        assert.equal(page.context().pages().length, 2);
        await page.context().close();
    });

    await t.test('is text in its subject, addresses and file names', async () => {
        const evil = '<img src=x onerror=document.title=1>';
        const more = `MIME-Version: 1.0\r\nX-Evil: ${evil}\r\nContent-Type: text/plain; name="${evil}"\r\n`;
        const id = await server.send(plain(evil, `${evil}\r\n`, more));
        const page = await open(server, `/messages/${id}/text`);
        for (const view of ['text', 'headers', 'source', 'parts', 'transcript']) {
            await page.goto(`${server.http}/messages/${id}/${view}`);
            await page.getByRole('heading', { level: 1, name: evil }).waitFor();
            assert.equal(await page.locator('img[src="x"]').count(), 0);
        }
        await close(page);
    });

    await t.test('is served with the policies that hold it', async () => {
        const id = await server.send(both('Policies', 'text', '<p>hi</p>'));
        const { preview } = await server.api(`/api/messages/${id}`);
        const fields = async (path, accept) => (await fetch(server.http + path, { headers: { accept } })).headers;
        const says = (headers, wanted) => {
            for (const [name, value] of Object.entries(wanted)) {
                assert.equal(headers.get(name), value, name);
            }
        };
        const frame = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; ";
        const rest = "font-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'";
        says(await fields(preview, 'text/html'), {
            'content-security-policy': `${frame}img-src 'self' data:; style-src 'unsafe-inline'; ${rest}`, 'content-type': 'text/html; charset=utf-8',
            'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff', 'x-dns-prefetch-control': 'off', 'cache-control': 'private, no-store',
        });
        const allowed = (await fields(`${preview}?remote=img`, 'text/html')).get('content-security-policy');
        assert.equal(allowed, `${frame}img-src 'self' data: https: http:; style-src 'unsafe-inline'; ${rest}`);
        says(await fields('/', 'text/html'), {
            'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; "
                + "base-uri 'self'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
            'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cross-origin-opener-policy': 'same-origin',
            'cross-origin-resource-policy': 'same-origin',
        });
        const part = await fields(`/api/messages/${id}/parts/2`, '*/*');
        says(part, { 'content-type': 'application/octet-stream', 'x-content-type-options': 'nosniff', 'content-security-policy': "sandbox; default-src 'none'" });
        assert.match(part.get('content-disposition'), /^attachment/);
    });
});

const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFUlEQVR42mP8z8BQz0BnwDgqgO4CAJqbA/2qRt3xAAAAAElFTkSuQmCC';

function inline()
{
    const more = 'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="b"\r\n';
    return plain('Inline', `--b\r\nContent-Type: text/html\r\n\r\n<img id="good" src="cid:pic@x"><img id="bad" src="cid:nowhere@x">\r\n`
        + `--b\r\nContent-Type: image/png\r\nContent-ID: <pic@x>\r\nContent-Transfer-Encoding: base64\r\n\r\n${pixel}\r\n--b--\r\n`, more);
}

for (const [what, flags, credentials] of [
    ['without a password', [], undefined],
    ['behind a password', ['--http-auth', 'ada:lovelace'], { username: 'ada', password: 'lovelace' }],
]) {
    test(`inline pictures show ${what}`, async (t) => {
        const server = await serve(t, ...flags);
        await browser(t);
        const id = await server.send(inline());
        const page = await open(server, `/messages/${id}/html`, credentials ? { httpCredentials: credentials } : {});
        const picture = frameOf(page).locator('#good');
        await picture.waitFor({ state: 'attached' });
        await until(() => picture.evaluate((node) => node.naturalWidth > 0), 'the picture');
        await page.getByText(/1 inline picture \(cid:\) that no part/).waitFor();
        await close(page);
    });
}
