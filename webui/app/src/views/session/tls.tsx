/* SPDX-License-Identifier: MIT */
import type { JSX } from 'preact';

import { tlsCauses, tlsFacts } from '../../wire/words.ts';
import type { TranscriptEvent } from '../../wire/transcript.ts';

function Fact({ value }: { value: unknown }): JSX.Element
{
    if (typeof value === 'object' && value !== null) {
        return <>{Object.entries(value).map(([name, one]) => <div key={name}>{words(name)}: <Fact value={one} /></div>)}</>;
    }
    if (typeof value === 'boolean') {
        return <>{value ? 'yes' : 'no'}</>;
    }
    return <>{String(value ?? 'none')}</>;
}

const words = (name: string): string => name.replaceAll('_', ' ');

const names: Record<string, string> = { server_cert: 'our certificate', client_cert: 'client certificate', bytes_in: 'bytes of the client', bytes_out: 'bytes of ours' };

/** Everything that is known of the handshake. */
export function TlsDetail({ event }: { event: TranscriptEvent }): JSX.Element
{
    const causes = tlsCauses(event);
    return (
        <div class="detailbox" role="region" aria-label="Handshake" tabIndex={0}>
            <dl class="fields">
                {causes.length > 0 && <div class="field"><dt>likely</dt><dd>{causes.map((one) => <div key={one}>{one}</div>)}</dd></div>}
                {Object.entries(tlsFacts(event)).map(([name, value]) => <div key={name} class="field"><dt>{names[name] ?? words(name)}</dt><dd><Fact value={value} /></dd></div>)}
            </dl>
        </div>
    );
}
