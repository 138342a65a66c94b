/* SPDX-License-Identifier: MIT */
// The conversation: every octet, its time, what belongs together, what is secret, and how to take it away.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { Smtp, browser, close, open, pause, plain, serve, stuff, until } from './support.mjs';

const table = (page) => page.getByRole('table', { name: 'Transcript' });
const rows = (page) => table(page).getByRole('row');

/** The newest closed session; waits for it. */
async function lastSession(server, count = 1)
{
    const answer = await until(async () => {
        const list = await server.api('/api/sessions');
        return list.total >= count && list;
    }, 'the session');
    return answer.sessions[0];
}

/** MAIL to DATA in one write, then the message. */
async function pipelined(server, raw, helo = 'pipe.local')
{
    const client = await Smtp.open(server);
    await client.say(`EHLO ${helo}`, 250);
    client.write('MAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nRCPT TO:<c@x.test>\r\nDATA\r\n');
    for (const code of [250, 250, 250, 354]) {
        await client.reply(code);
    }
    client.write(stuff(raw));
    await client.reply(250);
    await client.say('QUIT', 221);
    client.close();
    return client;
}

test('rows have their order, direction, octets and times', async (t) => {
    const server = await serve(t);
    await browser(t);
    const client = await pipelined(server, plain('Rows', '.one\r\n..two\r\nthree\r\n'));
    const session = await lastSession(server);
    const page = await open(server, `/sessions/${session.id}`);
    await rows(page).nth(1).waitFor();
    const cells = await rows(page).evaluateAll((all) => all.slice(1).map((one) => ({
        dir: one.querySelector('.dir .away').textContent, bytes: Number(one.querySelector('.b').textContent.replaceAll(',', '')),
        delta: Number(one.querySelector('.d').textContent || 0), text: one.querySelector('.x').textContent,
    })));
    const said = ['Server 220', 'Client EHLO', 'Server EHLO reply', 'Client MAIL', 'Client RCPT', 'Client RCPT', 'Client DATA', 'Server 250', 'Server 250',
        'Server 250', 'Server 354', 'Client message data', 'Server 250', 'Client QUIT', 'Server 221'];
    const talk = cells.filter((one) => one.dir !== 'Event');
    assert.equal(talk.length, said.length);
    said.forEach((words, i) => {
        const [dir] = words.split(' ', 1);
        assert.equal(talk[i].dir, dir, `row ${i}: ${talk[i].text}`);
        assert.ok(talk[i].text.includes(words.slice(dir.length + 1)), `row ${i}: ${talk[i].text}`);
    });
    const sum = (dir) => cells.filter((one) => one.dir === dir).reduce((total, one) => total + one.bytes, 0);
    assert.equal(sum('Client'), Buffer.concat(client.sent).length);
    assert.equal(sum('Client'), session.bytes_in);
    assert.equal(sum('Server'), session.bytes_out);
    assert.ok(cells.every((one) => one.delta >= 0));
    await close(page);
});

test('commands of one write are one group, and the EHLO reply folds', async (t) => {
    const server = await serve(t);
    await browser(t);
    await pipelined(server, plain('Group'));
    const page = await open(server, `/sessions/${(await lastSession(server)).id}`);
    await page.getByText(/pipelined: 4 commands in one \d+-octet read/).waitFor();
    assert.equal(await page.locator('.trow.group').count(), 4);
    assert.equal(await page.locator('.trow.grouped').count(), 4);
    // The mouse on a reply lights the command that it answers.
    await rows(page).filter({ hasText: '354 ' }).hover();
    await page.locator('.trow.lit').filter({ hasText: 'DATA' }).waitFor();
    const folded = page.getByText(/250 EHLO reply, \d+ lines:/);
    await folded.waitFor();
    const before = await rows(page).count();
    const reply = rows(page).filter({ hasText: 'EHLO reply' });
    await reply.getByRole('button', { name: /Unfold/ }).click();
    await folded.waitFor({ state: 'detached' });
    const { events } = await server.api(`/api/sessions/${(await lastSession(server)).id}/transcript`);
    const lines = events.find((event) => event.type === 'reply' && event.lines > 2).text.split('\r\n').filter((line) => line !== '');
    const shown = await rows(page).filter({ hasText: '250-PIPELINING' }).textContent();
    assert.ok(lines.length > 5 && lines.every((line) => shown.includes(line)), shown);
    assert.equal(await rows(page).count(), before);
    await close(page);
});

test('a long EHLO reply says how many of its keywords are out of sight', async (t) => {
    const server = await serve(t);
    await browser(t);
    await server.send(plain('Chips'));
    const page = await open(server, `/sessions/${(await lastSession(server)).id}`);
    const chips = page.locator('.chipsline .keyword');
    const visible = page.locator('.chipsline .keyword:visible');
    const more = page.locator('.chipsline .more');
    await chips.first().waitFor();
    const count = await chips.count();
    /** The sum that the row says, once every chip in sight is whole: null until then. */
    const told = () => page.locator('.chipsline').evaluate((box) => {
        const inside = [...box.querySelectorAll('.keyword, .more')].filter((one) => one.checkVisibility());
        const low = box.getBoundingClientRect().bottom + 1;
        const hidden = Number(/^\+(\d+) more$/.exec(box.querySelector('.more:not([hidden])')?.textContent ?? '')?.[1] ?? 0);
        return inside.every((one) => one.getBoundingClientRect().bottom <= low) ? [...box.querySelectorAll('.keyword')].filter((one) => one.checkVisibility()).length + hidden : null;
    });
    for (const width of [760, 1024, 760]) {
        await page.setViewportSize({ width, height: 900 });
        await until(async () => await told() === count, `the number at ${width} px`);
    }
    await more.filter({ hasText: /^\+\d+ more$/ }).waitFor();
    assert.ok(await visible.count() < count);
    await close(page);
});

test('the same commands one after the other are no group', async (t) => {
    const server = await serve(t);
    await browser(t);
    const client = await Smtp.open(server);
    await client.say('EHLO apart.local', 250);
    for (const command of ['MAIL FROM:<a@x.test>', 'RCPT TO:<b@x.test>', 'RCPT TO:<c@x.test>', 'DATA']) {
        await client.say(command, 250, 354);
        await pause(50);
    }
    client.write(stuff(plain('Apart')));
    await client.reply(250);
    await client.say('QUIT', 221);
    const page = await open(server, `/sessions/${(await lastSession(server)).id}`);
    await rows(page).filter({ hasText: 'DATA' }).first().waitFor();
    assert.equal(await page.locator('.trow.group').count(), 0);
    await close(page);
});

/** The session in every form that the page offers: what is on the clipboard, or in the file, by the name of the form. */
async function takenAway(page)
{
    const open = () => page.getByRole('button', { name: 'Copy as' }).click();
    await open();
    const labels = await page.getByRole('menuitem').allTextContents();
    await page.keyboard.press('Escape');
    const found = {};
    let file = null;
    page.on('download', (download) => {
        file = download.path();
    });
    for (const [i, label] of labels.entries()) {
        file = null;
        await page.evaluate(() => navigator.clipboard.writeText('-'));
        await open();
        await page.getByRole('menuitem').nth(i).click();
        found[label] = await until(async () => {
            const text = await page.evaluate(() => navigator.clipboard.readText());
            return file ? readFileSync(await file, 'latin1') : text !== '-' && text;
        }, label);
    }
    return found;
}

test('a secret is nowhere until it is asked for, and gone again afterwards', async (t) => {
    const server = await serve(t);
    await browser(t);
    const client = await Smtp.open(server);
    const secret = Buffer.from('\0app\0hunter2').toString('base64');
    await client.say('EHLO login.local', 250);
    await client.say(`AUTH PLAIN ${secret}`, 235);
    await client.say('AUTH PLAIN', 503);
    await client.say('QUIT', 221);
    const { id } = await lastSession(server);
    assert.doesNotMatch(JSON.stringify(await server.api(`/api/sessions/${id}/transcript`)), new RegExp(`hunter2|${secret}`));
    const page = await open(server, `/sessions/${id}`, { permissions: ['clipboard-read', 'clipboard-write'], acceptDownloads: true });
    const shown = async () => /hunter2/.test(await page.content()) || (await page.content()).includes(secret);
    await rows(page).filter({ hasText: 'AUTH PLAIN' }).first().waitFor();
    assert.equal(await shown(), false);
    const forms = await takenAway(page);
    for (const label of ['Text', 'Markdown', 'JSON', 'swaks', 'openssl', 'curl', 'Python', 'nodemailer', 'Replay', 'Capture', 'Text file', 'Test vector']) {
        assert.ok(Object.keys(forms).some((one) => one.startsWith(label)), label);
    }
    for (const [label, text] of Object.entries(forms)) {
        assert.ok(text.length > 1, label);
        assert.doesNotMatch(text, new RegExp(`hunter2|${secret}`), label);
    }
    await page.getByRole('button', { name: 'show secret' }).first().click();
    await page.getByText(secret).waitFor();
    assert.equal(await shown(), true);
    await page.getByRole('link', { name: 'Activity' }).click();
    await page.goto(`${server.http}/sessions/${id}`);
    await rows(page).filter({ hasText: 'AUTH PLAIN' }).first().waitFor();
    assert.equal(await shown(), false);
    await close(page);
});

test('the data show both sizes, and exactly the dots that were stuffed', async (t) => {
    const server = await serve(t);
    await browser(t);
    const raw = plain('Dots', '.one\r\n..two\r\nnone\r\n. three\r\n');
    const id = await server.send(raw);
    const page = await open(server, `/messages/${id}/transcript`);
    const data = rows(page).filter({ hasText: 'message data' });
    await data.getByText(`${raw.length + 3 + 3} B on the wire`).waitFor();
    await data.getByText(`${raw.length} unstuffed`).waitFor();
    await data.getByText('3 stuffed dots').waitFor();
    await data.getByRole('button', { name: /Unfold/ }).click();
    const body = page.getByRole('region', { name: 'Message data' });
    await body.getByText('none').waitFor();
    assert.equal(await body.locator('[data-stuffed]').count(), 0);
    await page.getByRole('button', { name: 'Wire' }).click();
    await body.getByText('stuffed', { exact: true }).first().waitFor();
    assert.equal(await body.locator('[data-stuffed]').count(), 3);
    await close(page);
});

test('the octets of both directions are there in hex, and can be found', async (t) => {
    const server = await serve(t);
    await browser(t);
    const id = await server.send(plain('Hex'));
    const page = await open(server, `/messages/${id}/transcript`);
    await page.getByRole('button', { name: 'Hex' }).click();
    await page.getByRole('searchbox', { name: 'Find text or hex octets' }).fill('EHLO app.local');
    await page.keyboard.press('Enter');
    await page.getByTestId('hex-selection').filter({ hasText: 'C offset 0, 14 octets' }).waitFor();
    await page.getByRole('searchbox', { name: 'Find text or hex octets' }).fill('32 32 30');
    await page.keyboard.press('Enter');
    await page.getByTestId('hex-selection').filter({ hasText: /S offset 0, 3 octets/ }).waitFor();
    await close(page);
});

test('TLS has a row of its own, with what both sides agreed on', async (t) => {
    const server = await serve(t);
    await browser(t);
    const python = spawnSync('python3', ['-c', `
import smtplib, ssl, sys
context = ssl._create_unverified_context()
client = smtplib.SMTP("${server.smtp.host}", ${server.smtp.port}, local_hostname="tls.local")
client._host = "mail.example.test"  # the name that goes into SNI
client.starttls(context=context)
print(client.sock.version(), client.sock.cipher()[0])
client.sendmail("a@x.test", ["b@x.test"], "Subject: TLS\\r\\n\\r\\nhi\\r\\n")
client.quit()
`], { encoding: 'utf8' });
    assert.equal(python.status, 0, python.stderr);
    const [version, cipher] = python.stdout.trim().split(' ');
    const page = await open(server, `/sessions/${(await lastSession(server)).id}`);
    const line = page.locator('.trow.tls');
    await line.getByText(new RegExp(`${version.replace('TLSv', 'TLS ').replace('.', '\\.')}.*${cipher}`)).waitFor();
    await line.getByText('SNI mail.example.test').waitFor();
    await line.getByRole('button', { name: /Unfold/ }).click();
    await line.getByText('cipher', { exact: true }).waitFor();
    const fact = (name) => line.locator('.field').filter({ has: page.getByText(name, { exact: true }) }).locator('dd');
    assert.match(await fact('our certificate').innerText(), /subject: CN=.*\nnames: DNS:localhost, .*\nnot after: 20\d\d-.*\nsha256: [0-9a-f]{64}/);
    assert.equal(await fact('early data').innerText(), 'no');
    assert.match(await fact('bytes of the client').innerText(), /^\d{3,}$/);
    assert.match(await fact('bytes of ours').innerText(), /^\d{3,}$/);
    // It may be longer than its box: the keyboard gets there too.
    const box = line.getByRole('region', { name: 'Handshake' });
    await box.focus();
    assert.ok(await box.evaluate((node) => node === document.activeElement));
    assert.ok(await page.locator('.trow.secure').count() > 3);
    await close(page);
});

test('a client that does not trust the certificate is named with its alert', async (t) => {
    const server = await serve(t);
    await browser(t);
    spawnSync('python3', ['-c', `
import smtplib, ssl
client = smtplib.SMTP("${server.smtp.host}", ${server.smtp.port})
try:
    client.starttls(context=ssl.create_default_context())
except ssl.SSLError:
    pass
`]);
    const session = await lastSession(server);
    assert.equal(session.outcome, 'tls_failed');
    const page = await open(server, `/sessions/${session.id}`);
    await page.getByRole('heading', { level: 1, name: /TLS FAILED/ }).waitFor();
    await page.locator('.trow.tls').getByText(/TLS failed:.*unknown.ca/i).waitFor();
    await close(page);
});

test('the end says what came and was never read', async (t) => {
    const server = await serve(t);
    await browser(t);
    const client = await Smtp.open(server);
    await client.say('EHLO hasty.local', 250);
    await client.say('QUIT\r\nNOOP\r\nNOOP', 221);
    client.close();
    const page = await open(server, `/sessions/${(await lastSession(server)).id}`);
    await page.locator('.trow.close').getByText('closed after QUIT · 12 bytes unread').waitFor();
    assert.equal(await page.locator('.trow.close .b').innerText(), '12');
    await close(page);
});

/** Takes the replay script of a session away through the page. */
async function replayOf(page)
{
    await page.getByRole('button', { name: 'Copy as' }).click();
    const waiting = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: /^Replay script/ }).click();
    return (await waiting).path();
}

test('the replay script says the same octets again', async (t) => {
    const server = await serve(t);
    await browser(t);
    const raw = Buffer.from('Subject: Again\r\n\r\n.dot\r\nNUL \0 \xff\r\n', 'latin1');
    await pipelined(server, raw);
    const first = await lastSession(server);
    const page = await open(server, `/sessions/${first.id}`, { acceptDownloads: true });
    await rows(page).nth(1).waitFor();
    const run = spawnSync('python3', [await replayOf(page)], { encoding: 'utf8', timeout: 120_000 });
    assert.equal(run.status, 0, run.stdout + run.stderr);
    assert.match(run.stdout, /the same reply codes/);
    const second = await lastSession(server, 2);
    const stream = (id) => server.api(`/api/sessions/${id}/transcript?format=raw&dir=c`);
    assert.deepEqual(await stream(second.id), await stream(first.id));
    await close(page);
});

/** The codes of all replies of a session, in their order. */
async function codesOf(server, id)
{
    const { events } = await server.api(`/api/sessions/${id}/transcript`);
    return events.filter((event) => event.type === 'banner' || event.type === 'reply').map((event) => event.code);
}

const installed = (program, ...words) => spawnSync(program, words).error === undefined;

async function copyAs(page, form)
{
    await page.getByRole('button', { name: 'Copy as' }).click();
    await page.getByRole('menuitem', { name: form }).click();
    await page.getByText(/command copied\./).waitFor();
    return page.evaluate(() => navigator.clipboard.readText());
}

test('swaks gets to the same reply codes', async (t) => {
    if (!installed('swaks', '--version')) {
        t.skip('swaks is not installed');
        return;
    }
    const server = await serve(t);
    await browser(t);
    const id = await server.send(plain('Swaks'));
    const page = await open(server, `/messages/${id}/transcript`, { permissions: ['clipboard-read', 'clipboard-write'] });
    await rows(page).nth(1).waitFor();
    const line = await copyAs(page, /^swaks/);
    const command = line.trim().replace(/ --data \S+$/, ' --data -');
    const run = spawnSync('sh', ['-c', command], { input: plain('Swaks'), encoding: 'utf8', timeout: 120_000 });
    assert.equal(run.status, 0, run.stdout + run.stderr);
    const again = await lastSession(server, 2);
    assert.equal(again.outcome, 'delivered');
    assert.deepEqual(await codesOf(server, again.id), await codesOf(server, 1));
    await close(page);
});

/** A session inside STARTTLS as another program leads it: greeting to QUIT, with a message of a stuffed dot. */
function smtplibInTls(server)
{
    return spawnSync('python3', ['-c', `
import smtplib, ssl
client = smtplib.SMTP("${server.smtp.host}", ${server.smtp.port}, local_hostname="tls.local")
client.ehlo()
client.starttls(context=ssl._create_unverified_context())
client.sendmail("a@x.test", ["b@x.test", "rest@x.test"], "Subject: TLS\\r\\n\\r\\n.dot\\r\\nRemember END\\r\\nQUIT\\r\\n")
client.quit()
`], { encoding: 'utf8' });
}

test('openssl gets to the same reply codes with the same message', async (t) => {
    if (!installed('openssl', 'version')) {
        t.skip('openssl is not installed');
        return;
    }
    const server = await serve(t);
    await browser(t);
    const first = smtplibInTls(server);
    assert.equal(first.status, 0, first.stderr);
    const page = await open(server, `/sessions/${(await lastSession(server)).id}`, { permissions: ['clipboard-read', 'clipboard-write'] });
    await rows(page).nth(1).waitFor();
    const command = await copyAs(page, /^openssl/);
    const run = spawnSync('sh', ['-c', command], { encoding: 'utf8', timeout: 120_000 });
    const again = await lastSession(server, 2);
    assert.equal(again.outcome, 'delivered', command + run.stdout + run.stderr);
    assert.match(run.stdout, /^221 /m, 'it stays for the last reply');
    assert.deepEqual(await codesOf(server, again.id), await codesOf(server, 1));
    assert.deepEqual(await server.api('/api/messages/2/raw'), await server.api('/api/messages/1/raw'));
    await close(page);
});

test('five thousand recipients fold to one row, refused ones stay in sight', async (t) => {
    const server = await serve(t, '--max-recipients', '10000');
    await browser(t);
    const client = await Smtp.open(server);
    await client.say('EHLO many.local', 250);
    await client.say('MAIL FROM:<a@x.test>', 250);
    const count = 5000;
    const refused = [17, 4000];
    client.write(Array.from({ length: count }, (_, i) => (refused.includes(i) ? 'RCPT TO:<>\r\n' : `RCPT TO:<u${i}@x.test>\r\n`)).join(''));
    let accepted = 0;
    for (let i = 0; i < count; i++) {
        accepted += (await client.reply()).startsWith('250') ? 1 : 0;
    }
    await client.say('QUIT', 221);
    assert.equal(accepted, 4998);
    const page = await open(server, `/sessions/${(await lastSession(server)).id}`);
    await page.getByText('RCPT × 5,000: 4,998 accepted, 2 refused').waitFor();
    assert.equal(await rows(page).filter({ hasText: 'RCPT TO:<>' }).count(), 2);
    assert.equal(await rows(page).filter({ hasText: '501' }).count(), 2);
    assert.ok(await rows(page).count() < 40);
    await rows(page).filter({ hasText: 'RCPT × 5,000' }).getByRole('button', { name: /Unfold/ }).click();
    await page.locator('.transcript.windowed').waitFor();
    assert.ok(await rows(page).count() < 200);
    await table(page).evaluate((node) => {
        node.scrollTop = node.scrollHeight;
    });
    await rows(page).filter({ hasText: '221' }).first().waitFor();
    await close(page);
});

test('rows are chosen, linked to and filtered', async (t) => {
    const server = await serve(t);
    await browser(t);
    await server.send(plain('Choose'));
    const page = await open(server, `/sessions/${(await lastSession(server)).id}`);
    await page.locator('#e2').waitFor();
    await page.locator('#e2 .n').click();
    await page.waitForURL(/#e2$/);
    await page.locator('#e4 .n').click({ modifiers: ['Shift'] });
    await page.waitForURL(/#e2-e4$/);
    assert.equal(await page.locator('.trow.chosen').count(), 3);
    await page.getByRole('button', { name: 'Server only' }).click();
    await page.getByRole('columnheader', { name: /shown rows/ }).waitFor();
    assert.equal(await page.locator('.trow.from-client').count(), 0);
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await page.getByRole('searchbox', { name: 'Filter the rows' }).fill('rcpt to');
    await until(async () => await rows(page).count() === 2, 'one row');
    await page.getByRole('checkbox', { name: 'CR LF' }).uncheck();
    await until(async () => await page.locator('.trow .pill').count() === 0, 'no pills');
    await close(page);
});

test('a message shows its own transaction, the others dimmed', async (t) => {
    const server = await serve(t);
    await browser(t);
    const client = await Smtp.open(server);
    await client.say('EHLO two.local', 250);
    await client.deliver(plain('One'));
    const second = await client.deliver(plain('Two'));
    await client.say('QUIT', 221);
    const page = await open(server, `/messages/${second}/transcript`);
    await page.locator('.trow.dimmed').first().waitFor();
    assert.equal(await page.locator('.trow.body:not(.dimmed)').count(), 1);
    assert.equal(await page.locator('.trow.body').count(), 2);
    await close(page);
});
