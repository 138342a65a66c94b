/* SPDX-License-Identifier: MIT */
import { options } from 'preact';

/** Draws what `change` sets before it returns: a browser about to print does not wait for the next turn. */
export function atOnce(change: () => void): void
{
    const later = options.debounceRendering;
    const draws: (() => void)[] = [];
    options.debounceRendering = (draw) => void draws.push(draw);
    try {
        change();
        draws.splice(0).forEach((draw) => draw());
    } finally {
        if (later) {
            options.debounceRendering = later;
        } else {
            delete options.debounceRendering;
        }
    }
}
