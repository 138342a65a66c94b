/* SPDX-License-Identifier: MIT */
import type { JSX } from 'preact';

const paths = {
    activity: 'M2 8h3l2-5 3 10 2-5h2',
    message: 'M2 4h12v8.5H2zM2 4.5l6 4.5 6-4.5',
    session: 'M2 5h10l-3-3M14 11H4l3 3',
    failed: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4',
    setup: 'M3 4.5h10M3 11.5h10M6 2.8v3.4M10 9.8v3.4',
    settings: 'M8 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM8 1.5v2M8 12.5v2M1.5 8h2M12.5 8h2M3.4 3.4l1.4 1.4M11.2 11.2l1.4 1.4M3.4 12.6l1.4-1.4M11.2 4.8l1.4-1.4',
    search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.4 10.4L14 14',
    close: 'M4 4l8 8M12 4l-8 8',
    copy: 'M5.5 5.5h7.5v8H5.5zM10.5 5.5v-3H3v8h2.5',
    clip: 'M11.5 6.5L7 11a2 2 0 0 1-3-3l5-5a3 3 0 0 1 4.5 4.5l-5.5 5',
    download: 'M8 2v8M4.5 7L8 10.5 11.5 7M2.5 13.5h11',
    trash: 'M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.6 9h5.8l.6-9',
    more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
    back: 'M10 3L5 8l5 5',
    help: 'M6 6a2 2 0 1 1 2.8 1.8c-.6.3-.8.7-.8 1.4M8 11.8v.01',
    theme: 'M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11',
    image: 'M2 3h12v10H2zM2 11l3.5-3.5 3 3 2-2L14 12M10.5 6h.01',
    external: 'M9 3h4v4M13 3L7.5 8.5M11 9.5V13H3V5h3.5',
    tag: 'M2.5 2.5h5l6 6-5 5-6-6zM5.3 5.3v.01',
    inbox: 'M2 9l2-6h8l2 6v4H2zM2 9h4l1 2h2l1-2h4',
    up: 'M8 13V3M4 7l4-4 4 4',
    down: 'M8 3v10M4 9l4 4 4-4',
    menu: 'M2 4h12M2 8h12M2 12h12',
} as const;

export type IconName = keyof typeof paths;

/** A drawing that says nothing by itself: what it stands beside, or the button's label, has the words. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }): JSX.Element
{
    return (
        <svg class="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
            <path d={paths[name]} />
        </svg>
    );
}
