/* SPDX-License-Identifier: MIT */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { Problem } from '../../api.ts';
import { go, listKind, listPath, route } from '../../router.ts';
import * as list from '../../store/list.ts';
import { type Offer, ask, loadGrammar, meaning, offers, wordAt } from '../../store/search.ts';
import { Icon } from '../../ui/icon.tsx';

const typingRests = 120;
const chips: [string, string][] = [['Failed', 'is:failed'], ['Has remarks', 'has:finding'], ['Last 15 min', 'after:-15m']];

/** What the server said against the question, with the place marked. */
function Complaint({ text }: { text: string }): JSX.Element | null
{
    const problem = list.problem.value;
    if (!(problem instanceof Problem) || problem.status !== 400 || list.state.value !== 'failed') {
        return null;
    }
    const at = Math.min(problem.at ?? text.length, text.length);
    const end = at + (/^\S+/.exec(text.slice(at))?.[0].length ?? 0);
    return (
        <div class="complaint" role="alert" id="search-problem">
            <code>{text.slice(0, at)}<mark>{text.slice(at, end) || ' '}</mark>{text.slice(end)}</code> {problem.message}
        </div>
    );
}

export function Search(): JSX.Element
{
    const [text, setText] = useState(route.value.q);
    const [found, setFound] = useState<Offer[]>([]);
    const [chosen, setChosen] = useState(-1);
    const field = useRef<HTMLInputElement>(null);
    const timer = useRef(0);

    useEffect(() => {
        if (document.activeElement !== field.current) {
            setText(route.value.q);
        }
    }, [route.value.q]);

    const suggest = (value: string): void => {
        setFound(offers(value, field.current?.selectionStart ?? value.length));
        setChosen(-1);
    };
    const typed = (value: string): void => {
        setText(value);
        suggest(value);
        clearTimeout(timer.current);
        timer.current = window.setTimeout(() => ask(value, false), typingRests);
    };
    const close = (): void => {
        setFound([]);
        setChosen(-1);
    };
    const finish = (value: string): void => {
        clearTimeout(timer.current);
        close();
        ask(value, true);
    };
    const accept = (offer: Offer): void => {
        const caret = field.current?.selectionStart ?? text.length;
        const { start, word } = wordAt(text, caret);
        const minus = word.startsWith('-') ? '-' : '';
        const whole = text.trim() === '' ? offer.insert : text.slice(0, start) + minus + offer.insert + text.slice(caret);
        typed(whole);
        field.current?.focus();
        setFound(offers(whole, whole.length));
    };
    const keys = (event: KeyboardEvent): void => {
        if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
            if (found.length > 0) {
                event.preventDefault();
                setChosen((chosen + (event.key === 'ArrowDown' ? 1 : found.length) + (chosen < 0 && event.key === 'ArrowUp' ? 0 : 0)) % found.length);
            }
        } else if (event.key === 'Tab' && found.length > 0 && !event.shiftKey) {
            event.preventDefault();
            accept(found[Math.max(0, chosen)] as Offer);
        } else if (event.key === 'Enter') {
            const offer = found[chosen];
            if (offer) {
                accept(offer);
            } else {
                finish(text);
            }
        } else if (event.key === 'Escape') {
            event.stopPropagation();
            if (found.length > 0) {
                close();
            } else {
                field.current?.blur();
            }
        }
    };
    const open = found.length > 0;
    return (
        <form class="search" role="search" onSubmit={(event) => event.preventDefault()}>
            <Icon name="search" size={14} />
            <input ref={field} id="search" type="text" role="combobox" autocomplete="off" spellcheck={false} aria-label="Search"
                placeholder="Search: from:ada code:5xx after:-10m" value={text}
                aria-expanded={open} aria-controls="search-offers" aria-autocomplete="list"
                aria-activedescendant={chosen >= 0 ? `offer-${chosen}` : undefined}
                aria-invalid={list.state.value === 'failed' && text !== '' ? true : undefined} aria-describedby="search-problem"
                onInput={(event) => typed(event.currentTarget.value)} onKeyDown={keys}
                onFocus={() => void loadGrammar().then(() => suggest(field.current?.value ?? ''))}
                onBlur={() => {
                    close();
                    if (text !== route.value.q || text !== '') {
                        ask(text, true);
                    }
                }} />
            {text !== '' && (
                <button type="button" class="quiet" aria-label="Clear the search" onClick={() => {
                    setText('');
                    finish('');
                }}><Icon name="close" size={14} /></button>
            )}
            <ul class="offers" id="search-offers" role="listbox" aria-label="Suggestions" hidden={!open}>
                {found.map((offer, i) => (
                    <li key={offer.insert} id={`offer-${i}`} role="option" aria-selected={i === chosen}
                        onMouseDown={(event) => {
                            event.preventDefault();
                            accept(offer);
                        }}>
                        <code>{offer.insert}</code> <span>{offer.says}</span>
                    </li>
                ))}
            </ul>
            <Complaint text={text} />
        </form>
    );
}

/** Questions that are asked often, one click away; and what the question at hand means. */
export function Chips(): JSX.Element
{
    return (
        <>
        <div class="chips">
            {chips.map(([label, q]) => {
                const on = route.value.q.includes(q);
                const next = on ? route.value.q.replace(q, '').trim() : `${route.value.q} ${q}`.trim();
                return <button key={q} type="button" aria-pressed={on} onClick={() => go(listPath(listKind.value, next))}>{label}</button>;
            })}
        </div>
        {meaning.value && <p class="meaning" data-testid="meaning">Finds: {meaning.value.says}</p>}
        </>
    );
}
