/* SPDX-License-Identifier: MIT */
// Tabs by the ARIA pattern: arrows, Home and End move, the panel can be focused.
import type { ComponentChildren, JSX } from 'preact';

export interface Tab<Name extends string> {
    name: Name;
    label: ComponentChildren;
    /** Why it cannot be opened. */
    disabled?: string;
}

/** The same choice as one line, for where there is no room: the style sheet shows one of the two. */
function TabMenu<Name extends string>({ label, tabs, active, onPick }: TabsProps<Name>): JSX.Element
{
    return (
        <select class="tabmenu" aria-label={label} value={active} onChange={(event) => onPick(event.currentTarget.value as Name)}>
            {tabs.map((tab) => <option key={tab.name} value={tab.name} disabled={tab.disabled !== undefined}>{tab.label}</option>)}
        </select>
    );
}

interface TabsProps<Name extends string> {
    label: string;
    prefix: string;
    tabs: Tab<Name>[];
    active: Name;
    onPick: (name: Name) => void;
    /** Where they have no room they become a menu. */
    menu?: boolean;
}

export function Tabs<Name extends string>(props: TabsProps<Name>): JSX.Element
{
    const { label, prefix, tabs, active, onPick } = props;
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
        <div class={props.menu ? 'tabbed' : undefined}>
        {props.menu && <TabMenu {...props} />}
        <div class={`tabs${props.menu ? ' wide' : ''}`} role="tablist" aria-label={label} onKeyDown={step}>
            {tabs.map((tab) => (
                <button key={tab.name} type="button" role="tab" id={`${prefix}-tab-${tab.name}`} aria-selected={tab.name === active}
                    aria-controls={tab.name === active ? `${prefix}-panel` : undefined} aria-disabled={tab.disabled ? true : undefined}
                    title={tab.disabled} tabIndex={tab.name === active ? 0 : -1}
                    onClick={() => tab.disabled || onPick(tab.name)}>
                    {tab.label}
                </button>
            ))}
        </div>
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
