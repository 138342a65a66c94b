/* SPDX-License-Identifier: MIT */
// A view whose code is fetched when it is first looked at.
import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>): (props: Props) => JSX.Element
{
    let ready: ComponentType<Props> | null = null;
    return function Lazy(props: Props): JSX.Element {
        const [, arrived] = useState(0);
        useEffect(() => {
            if (!ready) {
                void load().then((view) => {
                    ready = view;
                    arrived(1);
                });
            }
        }, []);
        const View = ready;
        return View ? <View {...props} /> : <p class="remark" role="status">Loading…</p>;
    };
}
