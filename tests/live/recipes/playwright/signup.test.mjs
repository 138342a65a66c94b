// SPDX-License-Identifier: MIT
// An end-to-end test: sign up in the browser, follow the link in the mail.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import nodemailer from "nodemailer";
import { chromium } from "playwright-core";
import { startMailscope } from "./mailscope.mjs";

let mailscope, app, browser;

// The app under test: a form that sends a mail, and the page of its link.
function startApp(transport) {
  const server = createServer(async (request, response) => {
    const base = `http://${request.headers.host}`;
    response.setHeader("Content-Type", "text/html");
    if (request.url === "/") {
      response.end("<form action=/signup><button>Sign up</button></form>");
    } else if (request.url.startsWith("/signup")) {
      await transport.sendMail({
        from: "app@example.test", to: "ada@example.test",
        subject: "Confirm", text: `Confirm here: ${base}/confirm/1`,
      });
      response.end("Look into your inbox");
    } else {
      response.end("<h1>Confirmed</h1>");
    }
  });
  return new Promise((done) => server.listen(0, "127.0.0.1",
    () => done(server)));
}

before(async () => {
  mailscope = await startMailscope();
  app = await startApp(nodemailer.createTransport({
    host: mailscope.host, port: mailscope.port,
    tls: { rejectUnauthorized: false },
  }));
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
});
after(async () => {
  await browser?.close();
  app?.close();
  await mailscope?.stop();
});

test("the link in the mail confirms the account", async () => {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${app.address().port}/`);
  await page.click("text=Sign up");
  const [mail] = await mailscope.expect({ to: "ada@example.test" });
  const whole = await (await fetch(
    `${mailscope.url}/api/messages/${mail.id}`)).json();
  await page.goto(whole.text.match(/http:\S+/)[0]);
  assert.equal(await page.textContent("h1"), "Confirmed");
});
