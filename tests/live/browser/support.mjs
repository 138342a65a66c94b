/* SPDX-License-Identifier: MIT */
// What every browser test needs: the real program on free ports, a mail client of a few lines, and a page that
// remembers everything that went wrong in it. Waits poll for a state; no verdict depends on how long something took.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { chromium } from 'playwright-core';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const program = resolve(root, process.env.MAILSCOPE_PROGRAM ?? 'build/mailscope');
/** The load generator of tests/bench, which `make test` builds. */
const generator = join(root, 'build/release/bench/load');
const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** How long a state may take to come; generous, for a slow and busy machine. */
export const patience = Number(process.env.PATIENCE_MS ?? 60_000);

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until the answer is truthy, and returns it. */
export async function until(ask, what = 'the state')
{
    const end = Date.now() + patience;
    for (;;) {
        const answer = await ask();
        if (answer) {
            return answer;
        }
        assert.ok(Date.now() < end, `waited for ${what}`);
        await pause(25);
    }
}

function environment()
{
    return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('MAILSCOPE_')));
}

/** The program, started with free ports and `flags`. */
export class Server {
    constructor(...flags)
    {
        this.folder = mkdtempSync(join(tmpdir(), 'mailscope-page-'));
        this.flags = flags;
        this.ports = { smtp: '127.0.0.1:0', http: '127.0.0.1:0' };
    }

    async start()
    {
        const ready = join(this.folder, 'ready.json');
        rmSync(ready, { force: true });
        const listen = ['--smtp', this.ports.smtp, '--http', this.ports.http];
        this.process = spawn(program, ['serve', ...listen, '--ready-file', ready, '--log', 'warn', ...this.flags], {
            stdio: ['ignore', 'inherit', 'inherit'], env: environment(),
        });
        this.exited = new Promise((resolve) => this.process.once('exit', resolve));
        this.process.once('exit', () => {
            this.gone = true;
        });
        this.gone = false;
        await until(() => existsSync(ready) || this.gone, 'the ready file');
        assert.ok(!this.gone, 'the server ended at its start');
        const said = JSON.parse(readFileSync(ready, 'utf8'));
        this.http = said.http.replace(/\/$/, '');
        this.ports = { smtp: said.smtp[0], http: new URL(said.http).host };
        const at = said.smtp[0].lastIndexOf(':');
        this.smtp = { host: said.smtp[0].slice(0, at), port: Number(said.smtp[0].slice(at + 1)) };
        return this;
    }

    /** Ends it; `signal` SIGKILL is a crash. */
    async stop(signal = 'SIGTERM')
    {
        if (!this.gone) {
            this.process.kill(signal);
            await this.exited;
        }
    }

    async end()
    {
        await this.stop();
        rmSync(this.folder, { recursive: true, force: true });
    }

    async api(path, init = {})
    {
        const response = await fetch(this.http + path, init);
        assert.ok(response.ok, `${path}: ${response.status} ${response.ok ? '' : await response.text()}`);
        return /json/.test(response.headers.get('content-type') ?? '') ? response.json() : response.arrayBuffer().then(Buffer.from);
    }

    /** Many messages over a few connections, as quick as they go; returns when the server has taken them all. */
    async fill(messages, sessions = 8)
    {
        const words = ['--port', this.smtp.port, '--messages', messages, '--sessions', sessions, '--body', 100].map(String);
        const said = await promisify(execFile)(generator, words);
        assert.equal(JSON.parse(said.stdout).messages, messages);
    }

    /** A message over SMTP; returns its id once the server has taken it. */
    async send(raw, { from = 'app@acme.test', to = ['ada@example.test'] } = {})
    {
        const client = await Smtp.open(this);
        await client.say('EHLO app.local', 250);
        const id = await client.deliver(raw, { from, to });
        await client.say('QUIT', 221);
        client.close();
        return id;
    }
}

/** Starts a server for one test file; node ends it with the file. */
export async function serve(t, ...flags)
{
    const server = await new Server(...flags).start();
    t.after(() => server.end());
    return server;
}

/** A client that says what it is told, octet for octet. */
export class Smtp {
    constructor(socket)
    {
        this.socket = socket;
        this.text = '';
        this.sent = [];
        this.ended = false;
        this.wake = () => undefined;
        const over = () => {
            this.ended = true;
            this.wake();
        };
        socket.on('data', (octets) => {
            this.text += octets.toString('latin1');
            this.wake();
        });
        socket.on('close', over);
        socket.on('error', over);
    }

    static async open(server)
    {
        const socket = connect(server.smtp.port, server.smtp.host);
        const client = new Smtp(socket);
        await client.reply(220);
        return client;
    }

    /** The next whole reply, which must have one of `codes`. */
    async reply(...codes)
    {
        const whole = /^(?:\d{3}-[^\n]*\n)*\d{3} [^\n]*\n/;
        const late = setTimeout(() => this.socket.destroy(new Error('no reply')), patience);
        while (!whole.test(this.text) && !this.ended) {
            await new Promise((resolve) => {
                this.wake = resolve;
            });
        }
        clearTimeout(late);
        const said = whole.exec(this.text)?.[0] ?? '';
        this.text = this.text.slice(said.length);
        const code = Number(said.slice(0, 3));
        assert.ok(codes.length === 0 || codes.includes(code), `expected ${codes}, got ${JSON.stringify(said)}`);
        return said;
    }

    write(octets)
    {
        const bytes = Buffer.isBuffer(octets) ? octets : Buffer.from(octets, 'utf8');
        this.sent.push(bytes);
        this.socket.write(bytes);
    }

    async say(line, ...codes)
    {
        this.write(`${line}\r\n`);
        return this.reply(...codes);
    }

    /** MAIL to the final dot; returns the id of the message. */
    async deliver(raw, { from = 'app@acme.test', to = ['ada@example.test'] } = {})
    {
        await this.say(`MAIL FROM:<${from}>`, 250);
        for (const one of to) {
            await this.say(`RCPT TO:<${one}>`, 250);
        }
        await this.say('DATA', 354);
        this.write(stuff(raw));
        const said = await this.reply(250);
        return Number(/(\d+)\s*$/.exec(said)?.[1]);
    }

    close()
    {
        this.socket.destroy();
    }
}

/** Message octets for the wire: dots stuffed, the final dot line behind them. */
export function stuff(raw)
{
    const text = (Buffer.isBuffer(raw) ? raw.toString('latin1') : Buffer.from(raw, 'utf8').toString('latin1'));
    const stuffed = text.replace(/(^|\r\n)\./g, '$1..');
    return Buffer.from(`${stuffed}${stuffed.endsWith('\r\n') || stuffed === '' ? '' : '\r\n'}.\r\n`, 'latin1');
}

/** A message of one text part. */
export function plain(subject, body = 'Hello Ada.\r\n', more = '')
{
    return `From: Acme <no-reply@acme.test>\r\nTo: Ada <ada@example.test>\r\nSubject: ${subject}\r\nDate: Sat, 21 Nov 2026 10:00:00 +0000\r\n`
        + `Message-ID: <${subject.replace(/\W+/g, '-')}@acme.test>\r\n${more}\r\n${body}`;
}

/** A message with a text and an HTML part. */
export function both(subject, text, html)
{
    const more = 'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="b"\r\n';
    const part = (type, body) => `--b\r\nContent-Type: ${type}; charset=utf-8\r\n\r\n${body}\r\n`;
    return plain(subject, `${part('text/plain', text)}${part('text/html', html)}--b--\r\n`, more);
}

let running = null;

/** The one browser of this test file. */
export async function browser(t)
{
    running ??= chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-dev-shm-usage'], timeout: 2 * patience });
    t?.after?.(async () => {
        const ending = running;
        running = null;
        await (await ending)?.close();
    });
    return running;
}

/** What the page must not say; what the sandboxed preview was kept from is its own affair. */
const expected = [/Content Security Policy/, /sandbox/, /Failed to load resource/, /Unsafe attempt to load URL/, /ERR_CONNECTION_REFUSED/, /ERR_INCOMPLETE_CHUNKED/, /ERR_ABORTED/];

/** Opens a page of the server. `page.problems` collects what went wrong, `page.strangers` requests that left the server. */
export async function open(server, path = '/', options = {})
{
    const context = options.context ?? await (await browser()).newContext({ viewport: { width: 1440, height: 900 }, ...options });
    context.setDefaultTimeout(patience);
    if (options.settings) {
        await context.addInitScript((chosen) => {
            if (!localStorage.getItem('mailscope')) {
                localStorage.setItem('mailscope', JSON.stringify(chosen));
            }
        }, options.settings);
    }
    // What the policy stopped in the page itself; the sandboxed preview may be stopped as often as its mail likes.
    await context.addInitScript(() => {
        if (self === top) {
            document.addEventListener('securitypolicyviolation', (event) => {
                console.error(`the page broke its own policy: ${event.effectiveDirective} ${event.blockedURI}`);
            });
        }
    });
    const page = await context.newPage();
    page.problems = [];
    page.strangers = [];
    page.on('pageerror', (error) => page.problems.push(error.message));
    page.on('console', (message) => {
        if (message.type() === 'error' && !expected.some((one) => one.test(message.text()))) {
            page.problems.push(message.text());
        }
        if (/Trusted|trusted-types/.test(message.text())) {
            page.problems.push(message.text());
        }
    });
    const leaves = (request) => {
        const url = new URL(request.url());
        // What the policy of the preview stopped never left the browser.
        const stopped = /csp|BLOCKED/i.test(request.failure()?.errorText ?? '');
        if (/^https?:$/.test(url.protocol) && url.origin !== server.http && !stopped) {
            page.strangers.push(request.url());
        }
    };
    page.on('requestfinished', leaves);
    page.on('requestfailed', leaves);
    await page.goto(server.http + path);
    return page;
}

/** Ends a page, and fails when something went wrong in it. */
export async function close(page)
{
    const { problems, strangers } = page;
    await page.context().close();
    assert.deepEqual(problems, [], 'errors of the page');
    assert.deepEqual(strangers, [], 'requests to others');
}

/** The row of a message or a session in the list. */
export const row = (page, key) => page.locator(`#row-${key}`);

/** Waits until the page follows the server's events. */
export async function isLive(page)
{
    await page.getByTestId('connection').filter({ hasText: 'Live' }).waitFor();
}
