/* SPDX-License-Identifier: MIT */
// What stands beside a row of the transcript: what it answers, its group, its login, why it was said, what is odd.
import type { JSX } from 'preact';

import { href } from '../../base.ts';
import { messagePath } from '../../router.ts';
import { toText } from '../../wire/bytes.ts';
import { thousands } from '../../wire/format.ts';
import { type Login, loginSentence, offerSentence } from '../../wire/login.ts';
import type { WireRow } from '../../wire/rows.ts';
import type { TranscriptEvent } from '../../wire/transcript.ts';

const glyphs = { error: '✖', warning: '▲', info: 'ℹ' } as const;

function Remark({ finding }: { finding: TranscriptEvent }): JSX.Element
{
    const severity = finding.severity ?? 'info';
    const times = (finding.count ?? 1) > 1 ? ` (${finding.count} times)` : '';
    return (
        <span class={`remark-note ${severity}`} title={`${finding.check}${finding.source ? `, ${finding.source}` : ''}`}>
            {glyphs[severity]} {toText(finding.text)}{times}
        </span>
    );
}

function LoginNote({ login }: { login: Login }): JSX.Element
{
    return (
        <>
            <span class="muted">{loginSentence(login)}</span>
            {login.isForeign && <span class="remark-note warning">▲ {login.mechanism} was not offered</span>}
            <span class="muted offered" title={offerSentence(login)}>{offerSentence(login)}</span>
        </>
    );
}

/** The last cell of a row: what there is to know beside its octets. */
export function Notes({ row, onGo }: { row: WireRow; onGo: (event: number) => void }): JSX.Element
{
    const { group } = row;
    const answered = row.answers;
    return (
        <>
            {answered !== null && (row.answersGroup || (row.code ?? 0) >= 400) && (
                <button type="button" class="link" onClick={() => onGo(answered)}>← row {answered}</button>
            )}
            {group?.place === 'start' && <span class="muted">pipelined: {group.size} commands in one {thousands(group.bytes)}-octet read{group.offered ? '' : ', PIPELINING was not offered'}</span>}
            {row.login?.place === 'start' && <LoginNote login={row.login} />}
            {row.raw.cause && <span class="cause">by: {row.raw.cause}</span>}
            {row.segments.length > 1 && row.kind === 'client' && <span class="muted">arrived in {row.segments.length} pieces</span>}
            {row.raw.message ? <a href={href(messagePath(row.raw.message))}>m{row.raw.message}</a> : null}
            {row.remarks.map((finding) => <Remark key={finding.event} finding={finding} />)}
        </>
    );
}
