/* SPDX-License-Identifier: MIT */
// A strip beside the rows: where the refusals, the remarks and the long waits are.
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';

import { toText } from '../../wire/bytes.ts';
import type { Drawn } from '../../wire/fold.ts';
import { duration } from '../../wire/format.ts';
import type { WireRow } from '../../wire/rows.ts';

const longWaitUs = 500_000;
const rowsWorthIt = 25;
/** WCAG 2.5.8: a target is at least so tall, so marks that are closer share one. */
const targetHeight = 24;

type Tone = 'bad' | 'warn' | 'slow';

function toneOf(row: WireRow): Tone | null
{
    if ((row.code ?? 0) >= 500 || row.remarks.some((one) => one.severity === 'error')) {
        return 'bad';
    }
    if ((row.code ?? 0) >= 400 || row.remarks.some((one) => one.severity === 'warning')) {
        return 'warn';
    }
    return row.deltaUs >= longWaitUs ? 'slow' : null;
}

function nameOf(row: WireRow): string
{
    const said = row.remarks[0] ? toText(row.remarks[0].text) : row.code !== null && row.code >= 400 ? toText(row.text).trim().slice(0, 60) : `waited ${duration(row.deltaUs)}`;
    return `row ${row.event}: ${said}`;
}

interface Mark {
    slot: number;
    tone: Tone;
    rows: WireRow[];
}

const worst: Tone[] = ['bad', 'warn', 'slow'];

function marksOf(drawn: Drawn[], slots: number): Mark[]
{
    const marks = new Map<number, Mark>();
    drawn.forEach(({ row }, index) => {
        const tone = toneOf(row);
        if (!tone) {
            return;
        }
        const slot = Math.floor(index / drawn.length * slots);
        const mark = marks.get(slot) ?? { slot, tone, rows: [] };
        mark.rows.push(row);
        mark.tone = worst.find((one) => one === mark.tone || one === tone) ?? tone;
        marks.set(slot, mark);
    });
    return [...marks.values()];
}

export function Minimap({ drawn, height, onGo }: { drawn: Drawn[]; height: number; onGo: (event: number) => void }): JSX.Element | null
{
    const slots = Math.max(1, Math.floor(height / targetHeight));
    const marks = useMemo(() => (drawn.length >= rowsWorthIt ? marksOf(drawn, slots) : []), [drawn, slots]);
    if (marks.length === 0) {
        return null;
    }
    return (
        <div class="minimap" role="group" aria-label="Places worth a look">
            {marks.map(({ slot, tone, rows }) => {
                const more = rows.length > 1 ? `, and ${rows.length - 1} more` : '';
                return (
                    <button key={slot} type="button" class={tone} style={{ top: `${slot / slots * 100}%` }} title={nameOf(rows[0] as WireRow) + more}
                        aria-label={nameOf(rows[0] as WireRow) + more} onClick={() => onGo(rows[0]?.event ?? 0)}><span aria-hidden="true" /></button>
                );
            })}
        </div>
    );
}
