/* SPDX-License-Identifier: MIT */
// A session as one file to attach to a bug report: HTML without scripts, secrets masked, nothing fetched.

import { toText } from './bytes.ts';
import { textLine } from './copyas.ts';
import { duration, ms } from './format.ts';
import { type WireRow, shares } from './rows.ts';
import type { Transcript } from './transcript.ts';

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const style = `body{font:14px/1.5 system-ui,sans-serif;max-width:1100px;margin:2em auto;padding:0 1em;color:#1f2328;background:#fff}
table{border-collapse:collapse;width:100%;font:12px/1.5 ui-monospace,monospace}td,th{padding:2px 8px;border-bottom:1px solid #d5dbe1;text-align:left;vertical-align:top}
td:nth-child(-n+3){text-align:right;color:#59636e;white-space:nowrap}td:nth-child(5){white-space:pre-wrap;overflow-wrap:anywhere}.bad td{background:#fdecec}
dt{float:left;clear:left;width:9em;color:#59636e}dd{margin-left:9.5em}li{margin:.3em 0}`;

function rowHtml(row: WireRow): string
{
    const bad = (row.code ?? 0) >= 400 ? ' class="bad"' : '';
    const who = row.dir === 's' ? 'Server' : row.dir === 'c' ? 'Client' : 'Event';
    return `<tr${bad} id="e${row.event}"><td>${row.event}</td><td>${ms(row.tUs)}</td><td>${row.bytes || ''}</td><td>${who}</td><td>${escape(textLine(row))}</td></tr>`;
}

function findingsHtml(rows: WireRow[]): string
{
    const found = rows.flatMap((row) => row.remarks.map((one) => ({ row, one })));
    if (found.length === 0) {
        return '<p>No findings.</p>';
    }
    return `<ul>${found.map(({ row, one }) => `<li><b>${one.severity}</b> <a href="#e${row.event}">row ${row.event}</a>: ${escape(toText(one.text))}`
        + ` (<code>${escape(one.check ?? '')}</code>${one.source ? `, ${escape(one.source)}` : ''})${one.fix ? `<br>${escape(one.fix)}` : ''}</li>`).join('\n')}</ul>`;
}

/** The whole document. `rows` are those of the masked transcript. */
export function asReport(transcript: Transcript, rows: WireRow[], outcome: string): string
{
    const { session, creator } = transcript;
    const time = shares(rows);
    const facts: [string, string][] = [
        ['Outcome', outcome], ['Client', session.peer], ['Listener', session.listener], ['Opened', session.opened_at], ['Closed', session.closed_at ?? 'still open'],
        ['Close', session.close_reason ?? ''], ['TLS', session.tls ? `${session.tls.version ?? ''} ${session.tls.cipher ?? ''}` : 'none'],
        ['Time', `client ${duration(time.client)}, server ${duration(time.server)}, TLS ${duration(time.tls)}`],
        ['Messages', transcript.messages.map((one) => `m${one.id}`).join(' ') || 'none'], ['Written by', `${creator.name} ${creator.version}`],
    ];
    return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>SMTP session s${session.id}: ${escape(outcome)}</title><style>${style}</style></head>
<body><h1>SMTP session s${session.id}</h1>
<dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${escape(value)}</dd>`).join('')}</dl>
<h2>Findings</h2>
${findingsHtml(rows)}
<h2>Transcript</h2>
<table><thead><tr><th>#</th><th>t+ms</th><th>bytes</th><th>who</th><th>text</th></tr></thead>
<tbody>
${rows.map(rowHtml).join('\n')}
</tbody></table></body></html>
`;
}
