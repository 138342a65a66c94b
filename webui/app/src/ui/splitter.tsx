/* SPDX-License-Identifier: MIT */
import type { JSX } from 'preact';

interface SplitterProps {
    label: string;
    value: number;
    least: number;
    most: number;
    standard: number;
    controls: string;
    onMove: (value: number) => void;
}

/** The bar between two panes: dragged, moved with the arrow keys, reset by a double click. */
export function Splitter({ label, value, least, most, standard, controls, onMove }: SplitterProps): JSX.Element
{
    const move = (to: number): void => onMove(Math.round(Math.min(most, Math.max(least, to))));
    const keys = (event: KeyboardEvent): void => {
        const target: Record<string, number> = { ArrowLeft: value - 16, ArrowRight: value + 16, Home: least, End: most };
        const to = target[event.key];
        if (to !== undefined) {
            event.preventDefault();
            move(to);
        }
    };
    const drag = (down: PointerEvent): void => {
        const bar = down.currentTarget as HTMLElement;
        bar.setPointerCapture(down.pointerId);
        const moved = (event: PointerEvent): void => move(value + event.clientX - down.clientX);
        const up = (): void => {
            bar.removeEventListener('pointermove', moved);
            bar.removeEventListener('pointerup', up);
        };
        bar.addEventListener('pointermove', moved);
        bar.addEventListener('pointerup', up);
    };
    return (
        <div class="splitter" role="separator" aria-orientation="vertical" aria-label={label} aria-controls={controls} tabIndex={0}
            aria-valuenow={value} aria-valuemin={least} aria-valuemax={most}
            onKeyDown={keys} onPointerDown={drag} onDblClick={() => onMove(standard)} />
    );
}
