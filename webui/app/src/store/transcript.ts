/* SPDX-License-Identifier: MIT */
// The transcript that is open: read once, followed while its session lives, read again with secrets when asked.
import { useEffect, useRef, useState } from 'preact/hooks';

import * as api from '../api.ts';
import { type Transcript, extend } from '../wire/transcript.ts';

/** The server asks readers for no more than four a second. */
const followEvery = 250;

export interface Reading {
    transcript: Transcript | null;
    problem: string | null;
    revealed: boolean;
    setRevealed: (on: boolean) => void;
}

const path = (id: number, reveal: boolean, from = 0): string =>
    `/api/sessions/${id}/transcript${api.query({ reveal: reveal ? 1 : null, from: from > 1 ? from : null })}`;

/** Reads the transcript of a session. Secrets are asked for only while `revealed`, and forgotten with the view. */
export function useTranscript(id: number, live: boolean): Reading
{
    const [transcript, setTranscript] = useState<Transcript | null>(null);
    const [problem, setProblem] = useState<string | null>(null);
    const [revealed, setRevealed] = useState(false);
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
    return { transcript, problem, revealed, setRevealed };
}
