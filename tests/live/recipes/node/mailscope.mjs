// SPDX-License-Identifier: MIT
// Starts mailscope on free ports; ends it with stop().
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export async function startMailscope() {
  const path = join(mkdtempSync(join(tmpdir(), "mailscope-")), "ready.json");
  const server = spawn(
    "mailscope",
    ["serve", "--smtp", "127.0.0.1:0", "--http", "127.0.0.1:0",
      "--ready-file", path, "--log", "warn"],
    { stdio: "inherit" },
  );
  const ended = new Promise((done) => server.once("exit", done));
  while (!existsSync(path)) {
    if (server.exitCode !== null) throw new Error("mailscope did not start");
    await sleep(20);
  }
  const ready = JSON.parse(readFileSync(path, "utf8"));
  const [host, port] = ready.smtp[0].split(":");
  return {
    host,
    port: Number(port),
    url: ready.http,
    // Answers what matched, or throws the explanation.
    async expect(match, within_ms = 30000) {
      const answer = await fetch(`${ready.http}/api/expect`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ match, within_ms }),
      });
      const body = await answer.json();
      if (!body.met) throw new Error(JSON.stringify(body, null, 2));
      return body.matched;
    },
    async stop() {
      server.kill();
      await ended;
    },
  };
}
