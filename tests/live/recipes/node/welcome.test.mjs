// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import nodemailer from "nodemailer";
import { startMailscope } from "./mailscope.mjs";

let mailscope;
before(async () => { mailscope = await startMailscope(); });
after(() => mailscope.stop());

test("the welcome mail has a link", async () => {
  const transport = nodemailer.createTransport({
    host: mailscope.host, port: mailscope.port,
    tls: { rejectUnauthorized: false },
  });
  await transport.sendMail({
    from: "app@example.test", to: "ada@example.test",
    subject: "Welcome aboard",
    text: "Confirm here: https://app.test/confirm/1",
  });
  const [mail] = await mailscope.expect({
    to: "ada@example.test",
    subject: { contains: "Welcome" },
    text: { contains: "https://app.test/confirm/" },
  });
  assert.deepEqual(mail.envelope.to, ["ada@example.test"]);
});
