/* SPDX-License-Identifier: MIT */
import * as api from '../../api.ts';
import { complain } from '../../store/toast.ts';
import { copyText, saveFile } from '../../ui/copy.tsx';
import type { MenuItem } from '../../ui/menu.tsx';
import * as forms from '../../wire/copyas.ts';
import { replayScript } from '../../wire/replay.ts';
import { asReport } from '../../wire/report.ts';
import { outcomeOf } from '../activity/outcome.ts';
import { type WireRow, rowsOf } from '../../wire/rows.ts';
import type { Transcript } from '../../wire/transcript.ts';

interface CopyContext {
    id: number;
    rows: WireRow[];
    transcript: Transcript;
    secrets: boolean;
}

/** The rows as the reader wants them copied: secrets are read anew, or left out even while they are on the screen. */
async function rowsFor(context: CopyContext): Promise<{ transcript: Transcript; rows: WireRow[] }>
{
    const transcript = await api.get<Transcript>(`/api/sessions/${context.id}/transcript${context.secrets ? '?reveal=1' : ''}`);
    const wanted = new Set(context.rows.map((row) => row.event));
    return { transcript, rows: rowsOf(transcript).filter((row) => wanted.has(row.event)) };
}

function copied(context: CopyContext, make: (transcript: Transcript, rows: WireRow[]) => string, what: string): () => void
{
    return () => void rowsFor(context)
        .then(({ transcript, rows }) => copyText(make(transcript, rows), `${what} copied`))
        .catch((error: unknown) => complain('Could not copy', error));
}

/** Everything that the client sent, secrets as the reader wants them. */
const sentBy = (context: CopyContext): Promise<Uint8Array> =>
    api.bytes(`/api/sessions/${context.id}/transcript${api.query({ format: 'raw', dir: 'c', reveal: context.secrets ? 1 : null })}`);

async function copyOpenssl(context: CopyContext): Promise<void>
{
    try {
        const { transcript, rows } = await rowsFor(context);
        await copyText(forms.asOpenssl(transcript, rows, await sentBy(context)), 'openssl command copied');
    } catch (error) {
        complain('Could not copy', error);
    }
}

async function saveReplay(context: CopyContext): Promise<void>
{
    try {
        const { transcript } = await rowsFor(context);
        saveFile(`replay-s${context.id}.py`, 'text/x-python', replayScript(transcript, rowsOf(transcript), await sentBy(context)));
    } catch (error) {
        complain('Could not make the script', error);
    }
}

/** Always without secrets: it is made to be passed on. */
async function saveReport(context: CopyContext): Promise<void>
{
    try {
        const [transcript, session] = await Promise.all([
            api.get<Transcript>(`/api/sessions/${context.id}/transcript`), api.session(context.id),
        ]);
        saveFile(`s${context.id}.html`, 'text/html', asReport(transcript, rowsOf(transcript), outcomeOf(session).word));
    } catch (error) {
        complain('Could not make the report', error);
    }
}

async function save(context: CopyContext, format: string, name: string, type: string): Promise<void>
{
    try {
        const reveal = context.secrets ? 1 : null;
        saveFile(name, type, await api.bytes(`/api/sessions/${context.id}/transcript${api.query({ format, reveal })}`) as BlobPart);
    } catch (error) {
        complain('Could not download', error);
    }
}

/** Every form that a session can be taken away in, each with what it is honestly worth. */
export function copyForms(context: CopyContext): MenuItem[]
{
    const { id } = context;
    return [
        { label: 'Text', run: copied(context, (_, rows) => forms.asText(rows), 'Text') },
        { label: 'Markdown', run: copied(context, (_, rows) => forms.asMarkdown(rows, id), 'Markdown') },
        { label: 'JSON', hint: 'the events as the API gives them', run: copied(context, forms.asJson, 'JSON') },
        { label: 'swaks', hint: 'same commands, not the same bytes: swaks stuffs dots, turns LF into CRLF and adds an empty line', run: copied(context, forms.asSwaks, 'swaks command') },
        { label: 'openssl s_client', hint: 'equivalent, not identical; an OpenSSL without -nocommands: -quiet instead', run: () => void copyOpenssl(context) },
        { label: 'curl', hint: 'a minimal command for this message', run: copied(context, forms.asCurl, 'curl command') },
        { label: 'Python smtplib', hint: 'a minimal program', run: copied(context, forms.asSmtplib, 'Program') },
        { label: 'nodemailer', hint: 'a minimal program', run: copied(context, forms.asNodemailer, 'Program') },
        { label: 'Replay script (.py)', hint: context.secrets ? 'exact to the byte' : 'exact to the byte, but secrets are asterisks', run: () => void saveReplay(context) },
        { label: 'Capture (.pcapng)', hint: 'for Wireshark', run: () => void save(context, 'pcapng', `s${id}.pcapng`, 'application/x-pcapng') },
        { label: 'Report (.html)', hint: 'one file for a bug report: transcript and findings, secrets masked', run: () => void saveReport(context) },
        { label: 'JSON file', hint: 'the whole transcript', run: () => void save(context, 'json', `s${id}.json`, 'application/json') },
        { label: 'Text file', run: () => void save(context, 'text', `s${id}.txt`, 'text/plain') },
        { label: 'Test vector', hint: 'a dialogue file, replayable', run: () => void save(context, 'vector', `s${id}.dialogue`, 'text/plain') },
        { label: 'Link', run: () => void copyText(location.href, 'Link copied') },
    ];
}
