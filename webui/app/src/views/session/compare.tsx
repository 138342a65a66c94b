/* SPDX-License-Identifier: MIT */
// What differs from another session: both side by side, aligned.
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';

import { ours } from '../../base.ts';
import { go } from '../../router.ts';
import { useTranscript } from '../../store/transcript.ts';
import { type Pair, align, differing, stretches } from '../../wire/compare.ts';
import { count, ms } from '../../wire/format.ts';
import { type WireRow, rowsOf } from '../../wire/rows.ts';

/** Shows the comparison with session `other`, or ends it. */
export function compareWith(other: string): void
{
    const params = new URLSearchParams(location.search);
    params.delete('compare');
    if (other) {
        params.set('compare', other);
    }
    go(`${ours(location.pathname)}${params.size > 0 ? `?${params}` : ''}`);
}

function Side({ row, text }: { row: WireRow | null; text: string }): JSX.Element
{
    return row
        ? <><td class="n">{Math.floor(row.event)}</td><td class="t">{ms(row.tUs)}</td><td class="x"><b>{row.dir === 's' ? 'S' : row.dir === 'c' ? 'C' : '≡'}</b> {text}</td></>
        : <td class="gap" colSpan={3}><span class="away">nothing</span></td>;
}

function PairRow({ pair }: { pair: Pair }): JSX.Element
{
    const [left, right] = differing(pair);
    return (
        <tr class={pair.differs ? 'other' : ''}>
            <Side row={pair.left} text={left} />
            <td class="sign">{pair.differs ? '≠' : ''}<span class="away">{pair.differs ? 'differs' : 'same'}</span></td>
            <Side row={pair.right} text={right} />
        </tr>
    );
}

export function Comparison({ rows, id, other }: { rows: WireRow[]; id: number; other: number }): JSX.Element
{
    const { transcript, problem } = useTranscript(other, false);
    const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
    const { pairs, apart } = useMemo(() => (transcript ? align(rows, rowsOf(transcript)) : { pairs: [], apart: 0 }), [rows, transcript]);
    const differ = pairs.filter((pair) => pair.differs).length;
    if (problem || !transcript) {
        return <p class="remark" role="status">{problem ?? 'Loading…'} <button type="button" class="link" onClick={() => compareWith('')}>Back to the transcript</button></p>;
    }
    return (
        <div class="comparison" tabIndex={0} role="region" aria-label={`s${id} and s${other} compared`}>
            <p class="toolbar" role="status">
                {differ === 0 ? 'They say the same.' : `${count(differ, 'row')} of ${pairs.length} ${differ === 1 ? 'differs' : 'differ'}.`}
                {apart > 0 && ` ${count(apart, 'row')} in the middle were too many to be aligned: they stand below each other.`}
                <button type="button" onClick={() => compareWith('')}>End the comparison</button>
            </p>
            <table>
                <colgroup><col class="n" /><col class="t" /><col /><col class="sign" /><col class="n" /><col class="t" /><col /></colgroup>
                <thead><tr><th colSpan={3} scope="colgroup">s{id}</th><th><span class="away">Differs</span></th><th colSpan={3} scope="colgroup">s{other}</th></tr></thead>
                <tbody>
                    {stretches(pairs, open).flatMap((one, i) => ('pairs' in one
                        ? one.pairs.map((pair, k) => <PairRow key={`${i} ${k}`} pair={pair} />)
                        : [<tr key={i} class="alike"><td colSpan={7}><button type="button" class="link" onClick={() => setOpen(new Set([...open, one.from]))}>{count(one.same, 'row')} that say the same</button></td></tr>]))}
                </tbody>
            </table>
        </div>
    );
}

/** Asks for the other session: the one before this is what most want. */
export function CompareForm({ id }: { id: number }): JSX.Element
{
    const [text, setText] = useState(id > 1 ? `s${id - 1}` : '');
    const send = (event: Event): void => {
        event.preventDefault();
        compareWith(text.replace(/\D/g, ''));
    };
    return (
        <details class="compare">
            <summary>Compare…</summary>
            <form onSubmit={send}>
                <label>with session <input type="text" size={6} pattern="s?[0-9]+" required value={text} onInput={(event) => setText(event.currentTarget.value)} /></label>
                <button type="submit">Compare</button>
            </form>
        </details>
    );
}
