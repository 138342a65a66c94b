/* SPDX-License-Identifier: MIT */
import type { JSX } from 'preact';

import { tlsFacts } from '../../wire/words.ts';
import type { TranscriptEvent } from '../../wire/transcript.ts';

const show = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));

/** Everything that is known of the handshake. */
export function TlsDetail({ event }: { event: TranscriptEvent }): JSX.Element
{
    return (
        <dl class="fields detailbox">
            {Object.entries(tlsFacts(event)).map(([name, value]) => <div key={name} class="field"><dt>{name.replaceAll('_', ' ')}</dt><dd>{show(value)}</dd></div>)}
        </dl>
    );
}
