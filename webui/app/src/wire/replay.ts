/* SPDX-License-Identifier: MIT */
// A Python program that says again exactly what the client said: the only form that is exact to the byte.

import { toBase64 } from './bytes.ts';
import { serverOf } from './copyas.ts';
import type { WireRow } from './rows.ts';
import type { Chunk, Transcript } from './transcript.ts';

interface Step {
    /** Octets to send, base64. */
    send: string;
    /** Seconds the client waited before. */
    pause: number;
    /** Reply codes that came after it, before the next one. */
    codes: number[];
    /** TLS begins behind this step. */
    tls: boolean;
}

/** One step for each read of the client's stream, so that pipelining stays pipelining. */
export function steps(transcript: Transcript, rows: WireRow[], stream: Uint8Array): Step[]
{
    const chunks = transcript.chunks;
    const started = rows.find((row) => row.kind === 'tls')?.tUs ?? Infinity;
    const made: Step[] = [];
    const replies = rows.filter((row) => row.code !== null && row.dir === 's');
    let lastAt = 0;
    let pendingTls = started !== Infinity && transcript.session.tls?.mode !== 'implicit';
    const clientChunks = chunks.filter((chunk) => chunk[0] === 'c' && chunk[2] > 0);
    clientChunks.forEach((chunk: Chunk, i) => {
        const [, off, len, at, layer] = chunk;
        const next = clientChunks[i + 1];
        const codes = replies.filter((row) => within(row, chunks, chunk, next)).map((row) => row.code ?? 0);
        const turns = pendingTls && layer !== 'tls' && next !== undefined && next[4] === 'tls';
        pendingTls = pendingTls && !turns;
        made.push({ send: toBase64(stream.subarray(off, off + len)), pause: Math.max(0, at - lastAt) / 1e6, codes, tls: turns });
        lastAt = at;
    });
    return made;
}

/** Whether a reply was written after `chunk` was read and before `next` was. */
function within(row: WireRow, chunks: Chunk[], chunk: Chunk, next: Chunk | undefined): boolean
{
    const written = row.segments[0];
    const place = written ? chunks.indexOf(written) : -1;
    return place > chunks.indexOf(chunk) && (next === undefined || place < chunks.indexOf(next));
}

const program = `#!/usr/bin/env python3
"""Says again what the client of SMTP session s{id} said, byte for byte.

{name} [--host H] [--port P] [--speed 1|0]   (0, the default: without its pauses)
Prints where the reply codes differ from those of the recording.
"""
import argparse, base64, re, socket, ssl, time

STEPS = [  # (octets, pause in seconds, reply codes, TLS begins behind it)
{steps}
]
IMPLICIT_TLS = {implicit}
SERVER_NAME = {sni}
GREETING = {greeting}


def read_codes(connection, count, buffered):
    """Reads until \`count\` whole replies are there; returns their codes."""
    codes = []
    while len(codes) < count:
        line, found, rest = buffered[0].partition(b"\\n")
        if found:
            buffered[0] = rest
            if re.match(rb"\\d{3}( |\\r|$)", line):
                codes.append(int(line[:3]))
            continue
        more = connection.recv(65536)
        if not more:
            break
        buffered[0] += more
    return codes


def secure(connection):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(connection, server_hostname=SERVER_NAME)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--host", default={host})
    options.add_argument("--port", type=int, default={port})
    options.add_argument("--speed", type=float, default=0)
    asked = options.parse_args()
    connection = socket.create_connection((asked.host, asked.port), timeout=60)
    if IMPLICIT_TLS:
        connection = secure(connection)
    buffered, differences = [b""], 0
    greeting = read_codes(connection, 1 if GREETING else 0, buffered)
    if GREETING and greeting != [GREETING]:
        print(f"greeting: {GREETING} then, {greeting} now")
        differences += 1
    for number, (octets, pause, codes, tls) in enumerate(STEPS, 1):
        time.sleep(pause * asked.speed)
        try:
            connection.sendall(base64.b64decode(octets))
        except OSError as error:
            print(f"step {number}: {error}")
            differences += 1
            break
        now = read_codes(connection, len(codes), buffered)
        if now != codes:
            print(f"step {number}: {codes} then, {now} now")
            differences += 1
        if tls:
            connection, buffered = secure(connection), [b""]
    connection.close()
    print("the same reply codes" if differences == 0 else f"{differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    raise SystemExit(main())
`;

export function replayScript(transcript: Transcript, rows: WireRow[], stream: Uint8Array): string
{
    const server = serverOf(transcript);
    const at = server.lastIndexOf(':');
    const lines = steps(transcript, rows, stream).map((one) =>
        `    ("${one.send}", ${one.pause.toFixed(6)}, [${one.codes.join(', ')}], ${one.tls ? 'True' : 'False'}),`);
    const greeting = rows.find((row) => row.dir === 's' && row.raw.type === 'banner')?.code ?? rows.find((row) => row.dir === 's' && row.answers === null)?.code ?? 0;
    const values: Record<string, string> = {
        id: String(transcript.session.id), name: `replay-s${transcript.session.id}.py`, steps: lines.join('\n'),
        implicit: transcript.session.tls?.mode === 'implicit' ? 'True' : 'False', sni: JSON.stringify(transcript.session.tls?.sni ?? 'localhost'),
        greeting: String(greeting), host: JSON.stringify(server.slice(0, at).replace(/^\[|\]$/g, '')), port: /^\d+$/.test(server.slice(at + 1)) ? server.slice(at + 1) : '25',
    };
    return program.replace(/\{(id|name|steps|implicit|sni|greeting|host|port)\}/g, (_, name: string) => values[name] ?? '');
}
