/* SPDX-License-Identifier: MIT */
import type { JSX } from 'preact';

import { tlsCauses, tlsFacts } from '../../wire/words.ts';
import type { TranscriptEvent } from '../../wire/transcript.ts';

const show = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));

/** Everything that is known of the handshake. */
export function TlsDetail({ event }: { event: TranscriptEvent }): JSX.Element
{
    const causes = tlsCauses(event);
    return (
        <dl class="fields detailbox">
            {causes.length > 0 && <div class="field"><dt>likely</dt><dd>{causes.map((one) => <div key={one}>{one}</div>)}</dd></div>}
            {Object.entries(tlsFacts(event)).map(([name, value]) => <div key={name} class="field"><dt>{name.replaceAll('_', ' ')}</dt><dd>{show(value)}</dd></div>)}
        </dl>
    );
}
