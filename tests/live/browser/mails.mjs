/* SPDX-License-Identifier: MIT */
// Mail as applications really send it, for the pictures.
import { deflateSync } from 'node:zlib';

const crcTable = Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k++) {
        c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    }
    return c >>> 0;
});

function chunk(type, body)
{
    const head = Buffer.from(type, 'latin1');
    let crc = 0xffffffff;
    for (const octet of Buffer.concat([head, body])) {
        crc = crcTable[(crc ^ octet) & 255] ^ (crc >>> 8);
    }
    const length = Buffer.alloc(4);
    const sum = Buffer.alloc(4);
    length.writeUInt32BE(body.length);
    sum.writeUInt32BE((crc ^ 0xffffffff) >>> 0);
    return Buffer.concat([length, head, body, sum]);
}

/** A PNG of `side` pixels, coloured by `paint(x, y)` from 0 to 1 each. */
function png(side, paint)
{
    const rows = [];
    for (let y = 0; y < side; y++) {
        const row = [0];
        for (let x = 0; x < side; x++) {
            row.push(...paint(x / side, y / side));
        }
        rows.push(Buffer.from(row));
    }
    const header = Buffer.alloc(13);
    header.writeUInt32BE(side, 0);
    header.writeUInt32BE(side, 4);
    header.set([8, 2, 0, 0, 0], 8);
    return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.concat(rows))), chunk('IEND', Buffer.alloc(0))]);
}

const base64 = (octets) => octets.toString('base64').replace(/.{76}/g, '$&\r\n');
const cup = png(96, (x, y) => (Math.hypot(x - 0.5, y - 0.5) < 0.42 ? [111, 78, 55] : [246, 239, 230]));
const beans = png(96, (x, y) => (Math.sin(x * 20) + Math.cos(y * 20) > 0.4 ? [94, 62, 38] : [214, 190, 160]));

function multipart(kind, parts)
{
    const boundary = `=_${kind}_8f2c`;
    return { type: `multipart/${kind}; boundary="${boundary}"`, body: `${parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('')}--${boundary}--\r\n` };
}

const part = (type, body, more = '') => `Content-Type: ${type}\r\n${more}\r\n${body}`;
const html = (body) => part('text/html; charset=utf-8', `<!doctype html>\r\n<html><body style="margin:0;background:#f4f1ec;font:15px/1.5 -apple-system,Segoe UI,sans-serif;color:#2b2620">\r\n${body}\r\n</body></html>`, 'Content-Transfer-Encoding: 8bit\r\n');
const text = (body) => part('text/plain; charset=utf-8', body, 'Content-Transfer-Encoding: 8bit\r\n');

function mail({ from, to = 'Ada Lovelace <ada@example.test>', subject, id, whole, more = '' })
{
    return `From: ${from}\r\nTo: ${to}\r\nSubject: ${subject}\r\nDate: Sat, 21 Nov 2026 10:00:00 +0000\r\nMessage-ID: <${id}>\r\n${more}MIME-Version: 1.0\r\n`
        + `Content-Type: ${whole.type}\r\n\r\n${whole.body}`;
}

const card = (body) => `<div style="max-width:560px;margin:32px auto;background:#fff;border-radius:14px;padding:36px">${body}</div>`;
const button = (label, colour = '#6f4e37') => `<p style="margin:28px 0"><a href="https://shop.nordlicht.test/go" style="background:${colour};color:#fff;padding:12px 22px;border-radius:8px;text-decoration:none;font-weight:600">${label}</a></p>`;

export function receipt()
{
    const related = multipart('related', [
        html(card(`<img src="cid:cup@nordlicht" width="56" height="56" alt="Nordlicht"><h1 style="font-size:24px">Thank you, Ada!</h1><p>Your order <b>#20931</b> is on its way.</p>
<table width="100%" style="border-collapse:collapse"><tr><td style="padding:10px 0"><img src="cid:beans@nordlicht" width="48" alt=""></td><td>House blend, 1 kg</td><td align="right">€ 24.00</td></tr>
<tr><td style="padding:10px 0"><img src="cid:beans@nordlicht" width="48" alt=""></td><td>Decaf, 250 g</td><td align="right">€ 8.50</td></tr>
<tr style="border-top:1px solid #ddd;font-weight:700"><td></td><td style="padding:12px 0">Total</td><td align="right">€ 32.50</td></tr></table>${button('Track the parcel')}<img src="https://track.nordlicht.test/open.gif" width="1" height="1" alt="">`)),
        part('image/png; name="cup.png"', base64(cup), 'Content-ID: <cup@nordlicht>\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: inline\r\n'),
        part('image/png; name="beans.png"', base64(beans), 'Content-ID: <beans@nordlicht>\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: inline\r\n'),
    ]);
    const alternative = multipart('alternative', [text('Thank you, Ada!\r\n\r\nYour order #20931 is on its way.\r\n\r\nHouse blend, 1 kg   EUR 24.00\r\nDecaf, 250 g        EUR  8.50\r\nTotal               EUR 32.50\r\n'), part(related.type, related.body)]);
    const mixed = multipart('mixed', [part(alternative.type, alternative.body), part('application/pdf; name="invoice-20931.pdf"', base64(Buffer.from('%PDF-1.4 '.repeat(300))), 'Content-Disposition: attachment; filename="invoice-20931.pdf"\r\nContent-Transfer-Encoding: base64\r\n')]);
    return mail({ from: 'Nordlicht Coffee <orders@nordlicht.test>', subject: 'Your receipt from Nordlicht Coffee #20931', id: 'order-20931@nordlicht.test', whole: mixed, more: 'X-Tags: orders\r\n' });
}

export function reset()
{
    const whole = multipart('alternative', [
        text('Hello Ada,\r\n\r\nsomebody asked for a new password for your account. If it was you:\r\n\r\nhttps://acme.test/reset?token=4f9a2c\r\n\r\nThe link works for 30 minutes.\r\n\r\n-- \r\nAcme\r\n'),
        html(card(`<h1 style="font-size:24px">Reset your password</h1><p>Hello Ada,</p><p>somebody asked for a new password for your account. If it was you, choose one now. The link works for 30 minutes.</p>${button('Choose a new password', '#1b66d2')}<p style="color:#777">If it was not you, there is nothing to do.</p>`)),
    ]);
    return mail({ from: 'Acme <no-reply@acme.test>', subject: 'Reset your password', id: 'reset-77@acme.test', whole });
}

export function newsletter()
{
    const items = ['Rust in the attic', 'A week without YAML', 'Why mail still matters'].map((title) => `<h2 style="font-size:18px;margin:24px 0 4px">${title}</h2><p style="margin:0">Lorem ipsum dolor sit amet, consetetur sadipscing elitr.</p>`).join('');
    const whole = multipart('alternative', [text('The Weekly Byte\r\n'), html(card(`<img src="https://cdn.weekly.test/header.jpg" width="488" height="120" alt="The Weekly Byte">${items}${button('Read on', '#2a7f4f')}`))]);
    return mail({ from: 'The Weekly Byte <digest@weekly.test>', subject: 'Weekly digest: 14 things you missed', id: 'digest-14@weekly.test', whole, more: 'List-Unsubscribe: <https://weekly.test/u>\r\n' });
}

export function invitation()
{
    const calendar = 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:sprint-12@team.test\r\nDTSTART:20261126T090000Z\r\nDTEND:20261126T100000Z\r\nSUMMARY:Sprint review\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n';
    const whole = multipart('mixed', [text('Grace invites you to the sprint review on Thursday at ten.\r\n'), part('text/calendar; method=REQUEST; charset=utf-8', calendar), part('application/ics; name="invite.ics"', base64(Buffer.from(calendar)), 'Content-Disposition: attachment; filename="invite.ics"\r\nContent-Transfer-Encoding: base64\r\n')]);
    return mail({ from: 'Grace Hopper <grace@team.test>', subject: 'Invitation: Sprint review @ Thu 26 Nov', id: 'sprint-12@team.test', whole });
}

export function bounce()
{
    const whole = multipart('report; report-type=delivery-status', [
        text('This is the mail system at mx.test.\r\n\r\nYour message could not be delivered:\r\n\r\n<gone@example.test>: 550 5.1.1 no such user\r\n'),
        part('message/delivery-status', 'Reporting-MTA: dns; mx.test\r\n\r\nFinal-Recipient: rfc822; gone@example.test\r\nAction: failed\r\nStatus: 5.1.1\r\n'),
    ]);
    return mail({ from: 'Mail Delivery System <mailer-daemon@mx.test>', subject: 'Undelivered Mail Returned to Sender', id: 'bounce-1@mx.test', whole });
}

export function rightToLeft()
{
    const whole = { type: 'text/plain; charset=utf-8', body: 'שלום עדה,\r\n\r\nההזמנה שלך בדרך אליך ותגיע מחר.\r\n\r\nתודה!\r\n' };
    const word = (said) => `=?utf-8?B?${Buffer.from(said).toString('base64')}?=`;
    return mail({ from: `${word('חנות')} <shop@example.test>`, subject: word('שלום, ההזמנה שלך בדרך'), id: 'rtl-1@example.test', whole });
}

export function brokenCharset()
{
    const head = 'From: Buchhaltung <billing@firma.test>\r\nTo: ada@example.test\r\nSubject: Rechnung f\xfcr November\r\nMessage-ID: <r-11@firma.test>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n';
    return Buffer.from(`${head}Gr\xfc\xdfe aus K\xf6ln,\nanbei die Rechnung \xfcber 1.240,00 \x80.\n.nicht gestopft\n`, 'latin1');
}
