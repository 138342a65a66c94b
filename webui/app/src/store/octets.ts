/* SPDX-License-Identifier: MIT */
// The octets of a message, read in ranges from its beginning on, as far as somebody looks.
import { useEffect, useRef, useState } from 'preact/hooks';

import * as api from '../api.ts';

const step = 256 * 1024;

export interface Octets {
    /** What is here, from the first octet on. */
    bytes: Uint8Array;
    total: number;
    /** Reads on until `upTo` octets are here, or all of them; returns what is here then. */
    want: (upTo: number) => Promise<Uint8Array>;
}

/** One message while it is read. */
class Reading {
    private buffer: Uint8Array;
    private have = 0;
    private goal = 0;
    private running: Promise<Uint8Array> | null = null;
    ended = false;

    constructor(private readonly path: string, readonly total: number, private readonly tell: (bytes: Uint8Array) => void)
    {
        this.buffer = new Uint8Array(total);
    }

    want(upTo: number): Promise<Uint8Array>
    {
        this.goal = Math.min(this.total, Math.max(this.goal, upTo));
        this.running ??= this.run().finally(() => {
            this.running = null;
        });
        return this.running;
    }

    private async run(): Promise<Uint8Array>
    {
        while (this.have < this.goal && !this.ended) {
            const chunk = await api.bytes(this.path, [this.have, Math.min(this.total, this.have + step)]);
            if (chunk.length === 0) {
                throw new Error('the message became shorter');
            }
            this.buffer.set(chunk.subarray(0, this.total - this.have), this.have);
            this.have += chunk.length;
        }
        const here = this.buffer.subarray(0, this.have);
        if (!this.ended) {
            this.tell(here);
        }
        return here;
    }
}

/** The octets of a message: unstuffed in ranges; as they crossed the wire in one piece, for those are made when asked for. */
export function useOctets(id: number, size: number, wire: boolean): Octets | string | null
{
    const [here, setHere] = useState<Uint8Array | string | null>(null);
    const reading = useRef<Reading | null>(null);
    useEffect(() => {
        let current = true;
        const failed = (error: Error): void => {
            if (current) {
                setHere(error.message);
            }
        };
        setHere(null);
        reading.current = null;
        if (wire) {
            api.bytes(`/api/messages/${id}/wire`).then((octets) => current && setHere(octets), failed);
        } else {
            const one = new Reading(`/api/messages/${id}/raw`, size, setHere);
            reading.current = one;
            one.want(step).catch(failed);
        }
        return () => {
            current = false;
            if (reading.current) {
                reading.current.ended = true;
            }
        };
    }, [id, wire]);
    if (here === null || typeof here === 'string') {
        return here;
    }
    const one = reading.current;
    return { bytes: here, total: one?.total ?? here.length, want: (upTo) => (one ? one.want(upTo) : Promise.resolve(here)) };
}
