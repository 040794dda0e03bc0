import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/model/json.ts";
import type { Outbound, OutgoingMessage } from "../../src/providers/provider.ts";
import { startSmtpFake } from "../../src/providers/smtp/fake.ts";
import type { SmtpFake, SmtpFakeOptions, SmtpStage, SmtpTrouble } from "../../src/providers/smtp/fake.ts";
import { smtp } from "../../src/providers/smtp/smtp.ts";
import { createProvider, outboundOf } from "./contract.ts";

const intentId = "0f".repeat(16);
const message: OutgoingMessage = {
  intentId,
  attempt: 1,
  contactId: "user-42",
  ruleId: "sales-demo",
  channel: "email",
  kind: "email",
  from: '"Acme, Inc." <hello@acme.example>',
  to: "ana@example.com",
  content: { subject: "Grüße", text: "Hi Ana", html: "<p>Hi Ana</p>" },
};
const accepted = { kind: "accepted", providerMessageId: `heed.${intentId}@acme.example` };

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Open {
  readonly fake: SmtpFake;
  readonly outbound: Outbound;
}

async function open(settings: JsonObject = {}, options: SmtpFakeOptions = {}): Promise<Open> {
  const fake = await startSmtpFake(options);
  const provider = await createProvider(smtp, { url: fake.url, starttls: "never", timeout: "2s", ...settings });
  const outbound = outboundOf(provider);
  closing.push(
    () => outbound.close(),
    () => fake.close(),
  );
  return { fake, outbound };
}

const trouble = (at: SmtpStage, says: string): SmtpTrouble => ({ at, says });

describe("what a mail server's answer means", () => {
  it.each([
    [trouble("greeting", "421 4.3.2 Come again"), { kind: "retryable", code: "smtp_421" }],
    [trouble("greeting", "554 5.7.1 Your address is blocked"), { kind: "misconfigured", code: "smtp_554" }],
    [trouble("greeting", "hang"), { kind: "retryable", code: "timeout" }],
    [trouble("greeting", "reset"), { kind: "retryable" }],
    [trouble("EHLO", "reset"), { kind: "retryable" }],
    [trouble("MAIL", "451 4.3.0 Later"), { kind: "retryable", code: "smtp_451" }],
    [trouble("MAIL", "553 5.7.1 Sender not allowed"), { kind: "misconfigured", code: "smtp_553" }],
    [trouble("MAIL", "552 5.3.4 Too big"), { kind: "rejected", class: "content" }],
    [trouble("MAIL", "reset"), { kind: "retryable" }],
    [trouble("RCPT", "450 4.2.1 Greylisted"), { kind: "retryable", code: "smtp_450" }],
    [trouble("RCPT", "550 5.1.1 User unknown"), { kind: "rejected", class: "invalid_address", code: "smtp_550" }],
    [trouble("RCPT", "550 No such user here"), { kind: "rejected", class: "invalid_address" }],
    [trouble("RCPT", "550 5.7.1 Blocked by policy"), { kind: "rejected", class: "other" }],
    [trouble("RCPT", "hang"), { kind: "retryable", code: "timeout" }],
    [trouble("DATA", "451 4.7.1 Later"), { kind: "retryable", code: "smtp_451" }],
    [trouble("DATA", "554 5.5.1 No valid recipients"), { kind: "rejected", class: "content" }],
    [trouble("DATA", "reset"), { kind: "retryable" }],
    [trouble("message", "451 4.3.0 Local error"), { kind: "retryable", code: "smtp_451" }],
    [trouble("message", "554 5.7.1 Looks like spam"), { kind: "rejected", class: "content", code: "smtp_554" }],
    [trouble("message", "reset"), { kind: "ambiguous" }],
    [trouble("message", "hang"), { kind: "ambiguous", code: "timeout" }],
  ])("is read from %j as %j", async (given, outcome) => {
    const { fake, outbound } = await open({ timeout: "400ms" });
    fake.trouble(given);
    expect(await outbound.send(message)).toMatchObject(outcome);
    // Sent again by nobody.
    expect(fake.messages.length).toBe(given.at === "message" ? 1 : 0);
  });

  it("is that nothing was sent when nobody listens", async () => {
    const { fake, outbound } = await open();
    await fake.close();
    expect(await outbound.send(message)).toEqual({ kind: "retryable", code: "ECONNREFUSED", afterMs: null });
  });

  it("is that all our mails would be refused when the login is", async () => {
    const login = { user: "heed", password: "right" };
    const { outbound } = await open({ user: "heed", password: "wrong" }, { login });
    expect(await outbound.send(message)).toEqual({ kind: "misconfigured", code: "smtp_535" });
    const { outbound: right, fake } = await open({ user: "heed", password: "right" }, { login });
    expect(await right.send(message)).toEqual(accepted);
    fake.trouble(trouble("AUTH", "454 4.7.0 Temporary failure"));
  });

  it("settles within its time-out while an answer drips for ever", async () => {
    let ended = false;
    const server = createServer((socket) => {
      const drip = setInterval(() => socket.write("2"), 20);
      socket
        .on("error", () => undefined)
        .on("close", () => {
          clearInterval(drip);
          ended = true;
        });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    const { outbound } = await open({ url: `smtp://127.0.0.1:${port}`, timeout: "300ms" });
    expect(await outbound.send(message)).toEqual({ kind: "retryable", code: "timeout", afterMs: null });
    await expect.poll(() => ended).toBe(true);
    server.close();
  });

  it("is kept apart from those of other mails at the same time", async () => {
    const { fake, outbound } = await open(
      {},
      {
        troubleFor: (recipient) => (recipient.startsWith("gone") ? trouble("RCPT", "550 5.1.1 User unknown") : null),
      },
    );
    const ends = await Promise.all(
      ["a", "gone1", "b", "gone2", "c", "d", "e"].map((name) =>
        outbound.send({ ...message, to: `${name}@example.com`, intentId: name }),
      ),
    );
    expect(ends.map(({ kind }) => kind)).toEqual([
      "accepted",
      "rejected",
      "accepted",
      "rejected",
      "accepted",
      "accepted",
      "accepted",
    ]);
    expect(fake.messages).toHaveLength(5);
    expect(fake.connections()).toBeLessThanOrEqual(5);
  });

  it("needs no connection of its own for each mail, nor is one that the server has closed a loss", async () => {
    const { fake, outbound } = await open();
    for (let count = 0; count < 5; count += 1) expect(await outbound.send(message)).toEqual(accepted);
    expect(fake.connections()).toBe(1);
    fake.trouble(trouble("MAIL", "421 4.4.2 Idle for too long"));
    expect(await outbound.send(message)).toMatchObject({ kind: "retryable" });
    fake.trouble(null);
    expect(await outbound.send(message)).toEqual(accepted);
    expect(fake.messages).toHaveLength(6);
  });

  it.each([
    ["without a recipient", { to: null }, { kind: "rejected", class: "invalid_address" }],
    ["to several", { to: "a@example.com, b@example.com" }, { kind: "rejected", class: "invalid_address" }],
    ["without a sender", { from: "Acme" }, { kind: "misconfigured", code: "from_invalid" }],
    ["without words", { content: { subject: "Hi" } }, { kind: "rejected", class: "content" }],
    ["that is a text", { kind: "sms" } as const, { kind: "rejected", code: "kind_unsupported" }],
  ])("is not even asked for with a mail %s", async (_, changes, outcome) => {
    const { fake, outbound } = await open();
    expect(await outbound.send({ ...message, ...changes })).toMatchObject(outcome);
    expect(fake.connections()).toBe(0);
  });
});

describe("a mail through smtp", () => {
  it("carries our id as its Message-ID, an address to answer to and the headers for one click", async () => {
    const { fake, outbound } = await open({ answers_to: "answers@acme.example" });
    await outbound.send({ ...message, unsubscribeUrl: "https://hooks.acme.example/unsubscribe/token" });
    const [mail] = fake.messages;
    expect(mail).toMatchObject({ from: "hello@acme.example", to: ["ana@example.com"], encrypted: false });
    const unfolded = mail?.content.replace(/\r\n[ \t]+/g, " ") ?? "";
    expect(unfolded).toContain(`Message-ID: <heed.${intentId}@acme.example>`);
    expect(unfolded).toContain(`Reply-To: answers+${intentId}@acme.example`);
    expect(unfolded).toContain("List-Unsubscribe: <https://hooks.acme.example/unsubscribe/token>");
    expect(unfolded).toContain("List-Unsubscribe-Post: List-Unsubscribe=One-Click");
    expect(unfolded).toContain('From: "Acme, Inc." <hello@acme.example>');
    expect(unfolded).toContain("Hi Ana");
  });

  it("never lets a line break into a header, nor a file or an address of ours into its text", async () => {
    const { fake, outbound } = await open();
    const content = { subject: "Hi\r\nBcc: all@example.com", text: "{ path: '/etc/passwd' }" };
    await outbound.send({ ...message, content });
    expect(fake.messages[0]?.content).not.toMatch(/^Bcc:/m);
    expect(fake.messages[0]?.to).toEqual(["ana@example.com"]);
    expect(fake.messages[0]?.content).not.toContain("root:");
  });
});

describe("encryption with STARTTLS", () => {
  const folder = mkdtempSync(join(tmpdir(), "heed-smtp-"));
  const files = { key: join(folder, "key.pem"), cert: join(folder, "cert.pem") };
  const certify = () => {
    const given = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1";
    execFileSync("openssl", [...given.split(" "), "-keyout", files.key, "-out", files.cert], { stdio: "ignore" });
    const tls = { key: readFileSync(files.key, "utf8"), cert: readFileSync(files.cert, "utf8") };
    rmSync(folder, { recursive: true });
    return tls;
  };
  const hasOpenssl = (() => {
    try {
      execFileSync("openssl", ["version"], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  })();

  it("is required unless said otherwise, so that nothing is sent in clear", async () => {
    const { fake, outbound } = await open({ starttls: "required" });
    expect((await outbound.send(message)).kind).toBe("misconfigured");
    expect(fake.messages).toEqual([]);
  });

  it.skipIf(!hasOpenssl)("is used with a certificate that is trusted, and with no other", async () => {
    const tls = certify();
    const login = { user: "heed", password: "right" };
    const settings = { starttls: "required", user: "heed", password: "right" };
    const { fake, outbound } = await open({ ...settings, ca: tls.cert }, { tls, login });
    expect(await outbound.send(message)).toEqual(accepted);
    expect(fake.messages).toMatchObject([{ encrypted: true }]);
    const { fake: other, outbound: distrusting } = await open(settings, { tls, login });
    expect((await distrusting.send(message)).kind).toBe("retryable");
    other.trouble(trouble("STARTTLS", "454 4.7.0 Not now"));
    expect((await distrusting.send(message)).kind).toBe("retryable");
    expect(other.messages).toEqual([]);
  });
});

describe("the settings of smtp", () => {
  const problems = (given: JsonObject) => {
    const configured = smtp.configure(given);
    return configured.ok ? [] : configured.problems.map(({ path }) => path.join("."));
  };

  it.each([
    [{}, ["url"]],
    [{ url: "https://mail.acme.example" }, ["url"]],
    [{ url: "smtp://heed:secret@mail.acme.example" }, ["url"]],
    [{ url: "smtp://mail.acme.example", user: "heed" }, ["password"]],
    [{ url: "smtp://mail.acme.example", password: "x" }, ["user"]],
    [{ url: "smtp://mail.acme.example", starttls: "maybe" }, ["starttls"]],
    [{ url: "smtp://mail.acme.example", starttls: "never", user: "heed", password: "x" }, ["starttls"]],
    [{ url: "smtp://mail.acme.example", user: "heed", password: "x" }, []],
    [{ url: "smtps://mail.acme.example" }, []],
    [{ url: "smtp://127.0.0.1:1025", starttls: "never", user: "heed", password: "x" }, []],
  ])("%j have the faulty keys %j", (given, expected) => {
    expect(problems(given)).toEqual(expected);
  });
});
