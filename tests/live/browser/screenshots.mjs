/* SPDX-License-Identifier: MIT */
// The pictures of the README, from the running program: `make screenshots`. With --all every view, light and dark, wide
// and narrow, into the folder that is named.
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import * as mails from './mails.mjs';
import { Server, Smtp, browser, open, pause, plain, stuff } from './support.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const all = process.argv.indexOf('--all');
const folder = all >= 0 ? process.argv[all + 1] : join(here, '..', '..', '..', 'webui', 'app', 'pictures');

/** One session that says its greeting and ends as it is told. */
async function session(server, helo, lines)
{
    const client = await Smtp.open(server);
    await client.say(`EHLO ${helo}`, 250);
    for (const [line, ...codes] of lines) {
        await client.say(line, ...codes);
    }
    return client;
}

async function seed(server)
{
    const to = ['ada@example.test'];
    await server.send(mails.newsletter(), { from: 'bounce+14@weekly.test', to: ['ada@example.test', 'bob@example.test', 'carol@example.test'] });
    await server.send(mails.brokenCharset(), { from: 'billing@firma.test', to });
    await server.send(mails.rightToLeft(), { from: 'shop@example.test', to });
    await server.send(mails.bounce(), { from: '', to });
    (await session(server, 'worker-3.acme.internal', [['MAIL FROM:<app@acme.test>', 250], ['RCPT TO:<eve@x.test>', 250], ['DATA', 354]])).close();
    await server.send(mails.invitation(), { from: 'grace@team.test', to });
    await (await session(server, 'cron.ci.test', [['MAIL FROM:<cron@ci.test> SIZE=99999999999', 552], ['QUIT', 221]])).close();
    await server.send(plain('[staging] job mailer-worker finished in 3.2 s'), { from: 'cron@ci.test', to });
    await server.send(mails.receipt(), { from: 'orders@nordlicht.test', to: [...to, 'archive@nordlicht.test'] });
    return pipelined(server);
}

/** The conversation that the picture of a transcript shows: a login, commands in one write, a refusal, stuffed dots. */
async function pipelined(server)
{
    const client = await session(server, 'app.acme.internal', [[`AUTH PLAIN ${Buffer.from('\0app\0secret').toString('base64')}`, 235]]);
    await pause(12);
    client.write('MAIL FROM:<no-reply@acme.test>\r\nRCPT TO:<ada@example.test>\r\nRCPT TO:<@broken@>\r\nDATA\r\n');
    for (let i = 0; i < 4; i++) {
        await client.reply();
    }
    await pause(20);
    client.write(stuff(mails.reset().replace('-- \r\nAcme', '.\r\n.. two dots\r\n-- \r\nAcme')));
    await client.reply(250);
    client.close();
}

const wide = { width: 1440, height: 900 };
const narrow = { width: 390, height: 844 };

async function shoot(server, name, path, { viewport = wide, scheme = 'light', act = null, view = 'html' } = {})
{
    const page = await open(server, '/settings', { viewport, colorScheme: scheme, deviceScaleFactor: 1 });
    await page.evaluate((liked) => localStorage.setItem('mailscope', JSON.stringify({ view: liked })), view);
    await page.goto(server.http + path);
    await page.getByTestId('connection').filter({ hasText: 'Live' }).waitFor();
    if (act) {
        await act(page);
    }
    await pause(600);
    await page.screenshot({ path: join(folder, `${name}.png`) });
    await page.context().close();
}

const first = (page, name) => page.getByRole('row', { name }).first().click();

async function readme(server)
{
    await shoot(server, 'activity', '/', { act: (page) => first(page, /receipt/) });
    await shoot(server, 'transcript', '/messages/latest/transcript', { viewport: { width: 1440, height: 1040 } });
    const { messages } = await server.api('/api/messages');
    const odd = messages.find((one) => /Rechnung/.test(one.subject)).id;
    await shoot(server, 'dark', `/messages/${odd}/source`, { scheme: 'dark' });
    await shoot(server, 'setup', '/setup/django');
    await shoot(server, 'narrow', '/messages/latest/html', { viewport: narrow });
}

async function everything(server)
{
    const { messages } = await server.api('/api/messages');
    const { sessions } = await server.api('/api/sessions');
    const refused = sessions.find((one) => one.outcome === 'refused');
    const id = messages.find((one) => /receipt/.test(one.subject)).id;
    const broken = messages.find((one) => /Rechnung/.test(one.subject)).id;
    const places = {
        activity: '/', sessions: '/sessions', setup: '/setup', settings: '/settings', missing: '/messages/999', refused: `/sessions/${refused.id}`,
        broken: `/messages/${broken}/source`, ...Object.fromEntries(['html', 'text', 'headers', 'source', 'parts', 'transcript'].map((one) => [one, `/messages/${id}/${one}`])),
        latest: '/messages/latest/transcript',
    };
    for (const [size, viewport] of Object.entries({ wide, narrow, middle: { width: 1000, height: 700 } })) {
        for (const scheme of size === 'middle' ? ['light'] : ['light', 'dark']) {
            for (const [name, path] of Object.entries(places)) {
                await shoot(server, `${name}-${size}-${scheme}`, path, { viewport, scheme });
            }
        }
    }
}

mkdirSync(folder, { recursive: true });
const server = await new Server().start();
const chromium = await browser();
try {
    await seed(server);
    await (all >= 0 ? everything(server) : readme(server));
} finally {
    await chromium.close();
    await server.end();
}
