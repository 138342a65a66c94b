// SPDX-License-Identifier: MIT
// Sends a mail with text, HTML and an attachment, with or without TLS.
// usage: node send.mjs HOST PORT plain|starttls|tls [USER PASSWORD [METHOD]]
import nodemailer from "nodemailer";

const [host, port, way, user, pass, authMethod] = process.argv.slice(2);
const transport = nodemailer.createTransport({
  host,
  port: Number(port),
  secure: way === "tls",
  requireTLS: way === "starttls",
  ignoreTLS: way === "plain",
  tls: { rejectUnauthorized: false },
  auth: user === undefined ? undefined : { user, pass },
  authMethod,
});
await transport.sendMail({
  from: "Ann <a@client.test>",
  to: "b@client.test",
  subject: "Grüße von nodemailer",
  text: ".a dot\n..two dots\nplain\n",
  html: "<p>Hello</p>",
  attachments: [{ filename: "a.bin", content: Buffer.from([0, 1, 2, 255]) }],
});
transport.close();
