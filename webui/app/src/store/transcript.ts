/* SPDX-License-Identifier: MIT */
// The transcript that is open: read once, followed while its session lives, read again with secrets when asked.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

import * as api from '../api.ts';
import { type Transcript, type TranscriptEvent, extend } from '../wire/transcript.ts';
import { complain } from './toast.ts';

/** The server asks readers for no more than four a second. */
const followEvery = 250;

export interface Reading {
    transcript: Transcript | null;
    problem: string | null;
    /** Every secret is shown. */
    revealed: boolean;
    /** Some secret is shown. */
    isOpen: boolean;
    setRevealed: (on: boolean) => void;
    /** Shows the secret of one event alone. */
    reveal: (event: number) => void;
}

const path = (id: number, reveal: boolean, from = 0): string =>
    `/api/sessions/${id}/transcript${api.query({ reveal: reveal ? 1 : null, from: from > 1 ? from : null })}`;

const none: ReadonlyMap<number, TranscriptEvent> = new Map();

/** The one secret is taken from what the server says of all; the others are forgotten at once. */
async function readSecret(id: number, event: number): Promise<TranscriptEvent | undefined>
{
    const { events } = await api.get<Transcript>(path(id, true, event));
    return events.find((one) => one.event === event);
}

/** Reads the transcript of a session. Secrets are asked for only while `revealed`, and forgotten with the view. */
export function useTranscript(id: number, live: boolean): Reading
{
    const [transcript, setTranscript] = useState<Transcript | null>(null);
    const [problem, setProblem] = useState<string | null>(null);
    const [revealed, setRevealed] = useState(false);
    const [shown, setShown] = useState(none);
    const have = useRef<Transcript | null>(null);

    useEffect(() => {
        let current = true;
        let timer = 0;
        const keep = (next: Transcript): void => {
            have.current = next;
            setTranscript(next);
        };
        const again = (): void => {
            const unread = have.current?.next_event != null;
            if (current && (live || unread)) {
                timer = window.setTimeout(more, unread ? 0 : followEvery);
            }
        };
        const more = (): void => {
            const last = have.current?.events.at(-1)?.event ?? 0;
            api.get<Transcript>(path(id, revealed, Math.max(1, last))).then((next) => {
                const old = have.current;
                if (current && old) {
                    keep(last > 1 ? extend(old, next) : next);
                }
            }).catch(() => undefined).finally(again);
        };
        api.get<Transcript>(path(id, revealed)).then(
            (first) => {
                if (current) {
                    keep(first);
                    setProblem(null);
                    again();
                }
            },
            (error: Error) => current && setProblem(error.message),
        );
        return () => {
            current = false;
            clearTimeout(timer);
        };
    }, [id, live, revealed]);
    useEffect(() => setShown(none), [id]);
    const seen = useMemo(() => transcript && shown.size > 0
        ? { ...transcript, events: transcript.events.map((one) => shown.get(one.event) ?? one) } : transcript, [transcript, shown]);
    return {
        transcript: seen, problem, revealed, isOpen: revealed || shown.size > 0,
        setRevealed: (on) => {
            setShown(none);
            setRevealed(on);
        },
        reveal: (event) => void readSecret(id, event).then(
            (one) => one && setShown((now) => new Map([...now, [event, one]])),
            (error: unknown) => complain('Could not read the secret', error),
        ),
    };
}
