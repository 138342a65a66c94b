/* SPDX-License-Identifier: MIT */
// The folded answer to EHLO: what it offers, as chips, as many as two lines have room for.
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

import { keywords } from '../../wire/fold.ts';
import type { WireRow } from '../../wire/rows.ts';

interface Chip {
    word: string;
    tone: '' | ' good' | ' warn';
    why: string;
}

const word = (line: string): string => /^\S+/.exec(line)?.[0] ?? '';

/** What is new or gone since the answer before stands first: it must not be what falls off the end. */
function chipsOf(now: string[], before: string[] | null): Chip[]
{
    const gone = (before ?? []).filter((one) => !now.includes(one));
    const added = before === null ? [] : now.filter((one) => !before.includes(one));
    return [
        ...added.map((one): Chip => ({ word: `+ ${word(one)}`, tone: ' good', why: `${one}: not offered before` })),
        ...gone.map((one): Chip => ({ word: `− ${word(one)}`, tone: ' warn', why: `${one}: offered before, not any more` })),
        ...now.filter((one) => !added.includes(one)).map((one): Chip => ({ word: word(one), tone: '', why: one })),
    ];
}

/** Takes chips from the end until the rest and "+n more" fit. Drawn by hand: only the browser knows what fits. */
function fit(box: HTMLElement): void
{
    const chips = [...box.querySelectorAll<HTMLElement>('.keyword')];
    const more = box.querySelector<HTMLElement>('.more');
    const isCut = (): boolean => box.scrollHeight > box.clientHeight + 1;
    const show = (count: number): void => {
        chips.forEach((chip, i) => void (chip.hidden = i >= count));
        if (more) {
            more.hidden = count === chips.length;
            more.textContent = `+${chips.length - count} more`;
            more.title = chips.slice(count).map((chip) => chip.title).join('\n');
        }
    };
    let count = chips.length;
    show(count);
    while (isCut() && count > 0) {
        show(--count);
    }
}

export function Keywords({ row, before }: { row: WireRow; before: string[] | null }): JSX.Element
{
    const box = useRef<HTMLSpanElement>(null);
    const chips = chipsOf(keywords(row), before);
    const drawn = chips.map((chip) => chip.word).join(' ');
    useLayoutEffect(() => {
        const node = box.current;
        const cell = node?.parentElement;
        if (!node || !cell) {
            return undefined;
        }
        fit(node);
        let width = cell.clientWidth;
        const watch = new ResizeObserver(() => {
            if (cell.clientWidth !== width) {
                width = cell.clientWidth;
                fit(node);
            }
        });
        watch.observe(cell);
        return () => watch.disconnect();
    }, [drawn]);
    return (
        <span class="folded chipsline" ref={box}>
            <b class="code">{row.code}</b> EHLO reply, {row.lines} lines:{' '}
            {chips.map((chip) => <span key={chip.word} class={`tag keyword${chip.tone}`} title={chip.why}>{chip.word}</span>)}
            <span class="more muted" />
        </span>
    );
}
