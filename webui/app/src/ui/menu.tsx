/* SPDX-License-Identifier: MIT */
// A button that opens a list of actions.
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

export interface MenuItem {
    label: string;
    hint?: string;
    run: () => void;
    disabled?: boolean;
}

interface MenuProps {
    label: ComponentChildren;
    name: string;
    items: MenuItem[];
    /** What stands above the items (a switch, a remark). */
    above?: ComponentChildren;
}

export function Menu({ label, name, items, above }: MenuProps): JSX.Element
{
    const [open, setOpen] = useState(false);
    const box = useRef<HTMLDivElement>(null);
    const button = useRef<HTMLButtonElement>(null);

    useEffect(() => {
        if (!open) {
            return undefined;
        }
        box.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus();
        const outside = (event: Event): void => {
            if (!box.current?.contains(event.target as Node)) {
                setOpen(false);
            }
        };
        document.addEventListener('pointerdown', outside);
        return () => document.removeEventListener('pointerdown', outside);
    }, [open]);

    const keys = (event: KeyboardEvent): void => {
        const all = [...(box.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
        const at = all.indexOf(document.activeElement as HTMLElement);
        const target: Record<string, number> = {
            ArrowDown: (at + 1) % all.length, ArrowUp: (at - 1 + all.length) % all.length, Home: 0, End: all.length - 1,
        };
        if (event.key === 'Escape' && open) {
            event.stopPropagation();
            setOpen(false);
            button.current?.focus();
        } else if (open && event.key in target) {
            event.preventDefault();
            all[target[event.key] ?? 0]?.focus();
        }
    };
    const pick = (item: MenuItem): void => {
        setOpen(false);
        button.current?.focus();
        item.run();
    };
    return (
        <div class="menu" ref={box} onKeyDown={keys}>
            <button ref={button} type="button" aria-haspopup="menu" aria-expanded={open} title={name} onClick={() => setOpen(!open)}>{label}</button>
            {open && (
                <div class="popup">
                    {above && <div class="above">{above}</div>}
                    <div role="menu" aria-label={name}>
                        {items.map((item) => (
                            <button key={item.label} type="button" role="menuitem" tabIndex={-1} disabled={item.disabled} onClick={() => pick(item)}>
                                <span>{item.label}</span>
                                {item.hint && <small>{item.hint}</small>}
                            </button>
                        ))}
                    </div>
                </div>
            )}
        </div>
    );
}
