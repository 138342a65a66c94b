/* SPDX-License-Identifier: MIT */
// How quick the page is in a real browser: measures once, prints one JSON line. What is measured where says its function.
import { Smtp, Server, browser, isLive, open, pause, plain, row, until } from '../live/browser/support.mjs';

const quick = process.argv.includes('--quick');
const many = quick ? 5000 : 100_000;
const rowHeight = 52;

const sorted = (values) => values.toSorted((a, b) => a - b);
const quantile = (values, part) => sorted(values)[Math.min(values.length - 1, Math.floor(values.length * part))];

async function serving(flags, measure)
{
    const server = await new Server(...flags).start();
    try {
        return await measure(server);
    } finally {
        await server.end();
    }
}

/** In the page: milliseconds from `begin` until `selector` is drawn, seen at the first frame that has it. */
const appears = (page, selector, begin = 0) => page.evaluate(([wanted, from]) => new Promise((resolve) => {
    const look = () => (document.querySelector(wanted) ? resolve(performance.now() - from) : requestAnimationFrame(look));
    look();
}), [selector, begin]);

/** In the page: scrolls by 180 px a frame, and gives how long each frame took. */
const scrolled = (node, frames) => node.evaluate(async (element, most) => {
    const took = [];
    let last = await new Promise((resolve) => requestAnimationFrame(resolve));
    for (let frame = 0; frame < most; frame++) {
        element.scrollTop += 180;
        const now = await new Promise((resolve) => requestAnimationFrame(resolve));
        took.push(now - last);
        last = now;
    }
    return took;
}, frames);

/** Check 2: the first message of all, from its 250 to its row, which ends the empty state. */
async function firstMessage()
{
    return serving([], async (server) => {
        const page = await open(server);
        await isLive(page);
        const shown = page.evaluate(() => new Promise((resolve) => {
            const look = () => (document.querySelector('#row-m1') ? resolve(performance.timeOrigin + performance.now()) : requestAnimationFrame(look));
            look();
        }));
        const client = await Smtp.open(server);
        await client.say('EHLO app.local', 250);
        await client.deliver(plain('First'));
        const taken = performance.timeOrigin + performance.now();
        const at = await shown;
        client.close();
        await page.context().close();
        return { first_message_ms: Math.max(0, at - taken) };
    });
}

/** Checks 4, 5 and 40: a hundred thousand messages, opened, scrolled, jumped in. */
async function longList()
{
    return serving([], async (server) => {
        await server.fill(many);
        // The first page of the list as it is when somebody has looked before; the browser knows nothing.
        await server.api('/api/messages?limit=100');
        const page = await open(server, '/messages');
        const first = await appears(page, '.row[id]');
        const paint = await until(() => page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime), 'the first paint');
        const sizes = await page.evaluate(() => performance.getEntriesByType('resource').map((one) => [one.name, one.encodedBodySize]));
        const sum = (ending) => sizes.filter(([name]) => name.endsWith(ending)).reduce((total, [, size]) => total + size, 0);
        await isLive(page);
        await pause(500);
        const list = page.locator('#list');
        const jumps = [];
        for (const ordinal of [many - 1, many / 2, Math.floor(many / 3)]) {
            const began = await list.evaluate((node, top) => {
                node.scrollTop = top;
                return performance.now();
            }, ordinal * rowHeight);
            jumps.push(await appears(page, `#row-m${many - ordinal}`, began));
        }
        await list.evaluate((node) => {
            node.scrollTop = 0;
        });
        await row(page, `m${many}`).waitFor();
        await pause(500);
        const frames = await scrolled(list, 400);
        const rows = await page.getByRole('row').count();
        await page.context().close();
        return {
            first_rows_ms: first, first_paint_ms: paint, script_kb: sum('.js') / 1000, style_kb: sum('.css') / 1000, jump_ms: Math.max(...jumps),
            scroll_p95_ms: quantile(frames, 0.95), scroll_longest_ms: Math.max(...frames), drawn_rows: rows,
        };
    });
}

/** Check 7: a thousand messages at once; every request of the page, and the longest time that it did not answer. */
async function flood()
{
    return serving([], async (server) => {
        await server.send(plain('First'));
        const page = await open(server);
        await isLive(page);
        await row(page, 'm1').waitFor();
        await pause(1000);
        await page.evaluate(() => {
            window.longest = 0;
            new PerformanceObserver((list) => {
                window.longest = Math.max(window.longest, ...list.getEntries().map((one) => one.duration));
            }).observe({ type: 'longtask' });
        });
        let requests = 0;
        page.on('request', () => {
            requests++;
        });
        await server.fill(1000);
        await row(page, 'm1001').waitFor();
        await page.getByText('1,001 items').waitFor();
        await pause(2500);
        const longest = await page.evaluate(() => window.longest);
        await page.context().close();
        return { flood_requests: requests, flood_longest_task_ms: longest };
    });
}

/** Check 9: of eight tabs the one that reads the stream is closed; until another shows the next message. */
async function failover()
{
    return serving([], async (server) => {
        const context = await (await browser()).newContext();
        const pages = [];
        let streams = 0;
        context.on('request', (request) => {
            streams += request.url().includes('/api/events') ? 1 : 0;
        });
        await server.send(plain('One'));
        for (let i = 0; i < 8; i++) {
            const page = await open(server, '/', { context });
            await row(page, 'm1').waitFor();
            await isLive(page);
            pages.push(page);
        }
        const before = streams;
        const began = performance.now();
        await pages[0].close();
        const id = await server.send(plain('Two'));
        await Promise.all(pages.slice(1).map((page) => row(page, `m${id}`).waitFor()));
        const took = performance.now() - began;
        await context.close();
        return { failover_ms: took, streams_of_eight_tabs: before };
    });
}

/** Check 33: from the reply to a command until the row of the command stands in the open transcript. */
async function liveSession()
{
    return serving([], async (server) => {
        const client = await Smtp.open(server);
        await client.say('EHLO slow.local', 250);
        const page = await open(server, '/sessions/1');
        await page.getByText('waiting for client').waitFor();
        const took = [];
        for (let i = 0; i < (quick ? 5 : 40); i++) {
            // Not in step with the page's own clock.
            await pause(300 + (i * 37) % 250);
            const rows = await page.locator('.trow').count();
            const shown = page.evaluate((least) => new Promise((resolve) => {
                const look = () => (document.querySelectorAll('.trow').length > least ? resolve(performance.timeOrigin + performance.now()) : requestAnimationFrame(look));
                look();
            }), rows);
            await client.say('NOOP', 250);
            const said = performance.timeOrigin + performance.now();
            took.push(Math.max(0, await shown - said));
        }
        client.close();
        await page.context().close();
        return { live_row_ms: quantile(took, 0.5), live_row_longest_ms: Math.max(...took) };
    });
}

/** Check 35: a session of 5,000 recipients, opened from the list, unfolded, scrolled through. */
async function manyRecipients()
{
    return serving(['--max-recipients', '10000'], async (server) => {
        const client = await Smtp.open(server);
        await client.say('EHLO many.local', 250);
        await client.say('MAIL FROM:<a@x.test>', 250);
        client.write(Array.from({ length: 5000 }, (_, i) => (i % 2500 === 17 ? 'RCPT TO:<>\r\n' : `RCPT TO:<u${i}@x.test>\r\n`)).join(''));
        for (let i = 0; i < 5000; i++) {
            await client.reply();
        }
        await client.say('QUIT', 221);
        client.close();
        const page = await open(server, '/sessions');
        const line = row(page, 's1');
        await line.waitFor();
        await isLive(page);
        // The view's code comes with the first session that is opened; what is measured is the session.
        await line.click();
        await page.locator('.folded').filter({ hasText: 'RCPT × 5,000' }).waitFor();
        await page.keyboard.press('Escape');
        await page.locator('.trow').first().waitFor({ state: 'detached' });
        const began = await line.evaluate((node) => {
            node.click();
            return performance.now();
        });
        await appears(page, '.folded', began);
        const opened = await page.evaluate((from) => new Promise((resolve) => {
            const look = () => ([...document.querySelectorAll('.folded')].some((one) => one.textContent.startsWith('RCPT'))
                ? resolve(performance.now() - from) : requestAnimationFrame(look));
            look();
        }), began);
        await page.locator('.trow').filter({ hasText: 'RCPT × 5,000' }).getByRole('button', { name: /Unfold/ }).click();
        await page.locator('.transcript.windowed').waitFor();
        const frames = await scrolled(page.locator('.transcript'), 400);
        await page.context().close();
        return { recipients_open_ms: opened, recipients_scroll_p95_ms: quantile(frames, 0.95) };
    });
}

const found = {};
for (const measure of [firstMessage, longList, flood, failover, liveSession, manyRecipients]) {
    Object.assign(found, await measure());
}
await (await browser()).close();
console.log(JSON.stringify(found));
