/* SPDX-License-Identifier: MIT */
// Tabs by the ARIA pattern: arrows, Home and End move, the panel can be focused.
import type { ComponentChildren, JSX } from 'preact';

export interface Tab<Name extends string> {
    name: Name;
    label: ComponentChildren;
    /** Why it cannot be opened. */
    disabled?: string;
}

interface TabsProps<Name extends string> {
    label: string;
    prefix: string;
    tabs: Tab<Name>[];
    active: Name;
    onPick: (name: Name) => void;
}

export function Tabs<Name extends string>({ label, prefix, tabs, active, onPick }: TabsProps<Name>): JSX.Element
{
    const step = (event: KeyboardEvent): void => {
        const open = tabs.filter((tab) => !tab.disabled);
        const at = open.findIndex((tab) => tab.name === active);
        const target: Record<string, number> = {
            ArrowRight: (at + 1) % open.length, ArrowLeft: (at - 1 + open.length) % open.length, Home: 0, End: open.length - 1,
        };
        const next = open[target[event.key] ?? -1];
        if (next) {
            event.preventDefault();
            onPick(next.name);
            document.getElementById(`${prefix}-tab-${next.name}`)?.focus();
        }
    };
    return (
        <div class="tabs" role="tablist" aria-label={label} onKeyDown={step}>
            {tabs.map((tab) => (
                <button key={tab.name} type="button" role="tab" id={`${prefix}-tab-${tab.name}`} aria-selected={tab.name === active}
                    aria-controls={tab.name === active ? `${prefix}-panel` : undefined} aria-disabled={tab.disabled ? true : undefined}
                    title={tab.disabled} tabIndex={tab.name === active ? 0 : -1}
                    onClick={() => tab.disabled || onPick(tab.name)}>
                    {tab.label}
                </button>
            ))}
        </div>
    );
}

export function TabPanel({ prefix, active, children, className }: { prefix: string; active: string; children: ComponentChildren; className?: string }): JSX.Element
{
    return (
        <div class={`panel ${className ?? ''}`} role="tabpanel" id={`${prefix}-panel`} aria-labelledby={`${prefix}-tab-${active}`} tabIndex={0}>
            {children}
        </div>
    );
}
