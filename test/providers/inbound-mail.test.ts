import { beforeAll, describe, expect, it } from "vitest";
import type { CanonicalEvent } from "../../src/core/model/event.ts";
import { conversationId } from "../../src/providers/conversation.ts";
import { addressIn, openMailReader, parseHeaders } from "../../src/providers/inbound-mail.ts";
import type { ReadMail, ReceivedMail } from "../../src/providers/inbound-mail.ts";
import { intentOfMessageId, messageIdOf } from "../../src/providers/message-id.ts";
import { createEventValidator } from "../../src/ingest/validate-event.ts";

const now = 1_700_010_000_000;
const intent = "0123456789abcdef0123456789abcdef";
const other = "f".repeat(32);

const mail: ReceivedMail = {
  provider: "sendgrid",
  id: null,
  from: "Ada Example <Ada@Example.com>",
  to: ["answers@parse.example.com"],
  subject: "Re: Your trial",
  text: "Yes please, call me.\n\nOn Tue, Nov 14, 2023 at 2:00 PM Example App <hello@mail.example.com> wrote:\n> Hi Ada\n",
  html: "",
  stripped: null,
  headers: [
    ["Received", "by mx.example.net with SMTP id 6WC; Tue, 14 Nov 2023 22:13:20 +0000 (UTC)"],
    ["Message-ID", "<CAExample123@mail.example.com>"],
  ],
  returnPath: "ada@example.com",
  receivedAt: null,
  data: { spam_score: 0.1 },
};

let readMail: ReadMail;
beforeAll(async () => {
  readMail = await openMailReader();
});

function read(changes: Partial<ReceivedMail> = {}): CanonicalEvent {
  const event = readMail({ ...mail, ...changes }, now);
  if (typeof event === "string") throw new Error(event);
  expect(createEventValidator()(event)).toEqual({ event });
  return event;
}
const withHeader = (name: string, value: string) => read({ headers: [...mail.headers, [name, value]] });

describe("an answer by mail", () => {
  it("is a reply in a conversation, by its sender, at the time the vendor received it", () => {
    expect(read()).toEqual({
      schema_version: 1,
      event_id: expect.stringMatching(/^mail-[\w-]{32}$/),
      event_type: "email.replied",
      occurred_at: "2023-11-14T22:13:20.000Z",
      received_at: "2023-11-15T01:00:00.000Z",
      provider: "sendgrid",
      channel: "email",
      conversation_id: conversationId("email", "ada@example.com", "answers@parse.example.com"),
      address: { email: "ada@example.com" },
      data: { spam_score: 0.1, text: "Yes please, call me.", subject: "Re: Your trial" },
    });
  });

  it("is the same at every try and another for another mail", () => {
    expect(readMail(mail, now + 60_000)).toMatchObject({ event_id: read().event_id });
    expect(read({ headers: [["Message-ID", "<other@example.com>"]] }).event_id).not.toBe(read().event_id);
    expect(read({ headers: [] }).event_id).not.toBe(read({ headers: [], text: "No." }).event_id);
    expect(read({ id: "v-1" }).event_id).toBe("v-1");
  });

  it("belongs to no contact without a sender's address", () => {
    expect(readMail({ ...mail, from: "Ada" }, now)).toBe("From is not an address");
  });

  it.each([
    ["Ada <ada@example.com>", "ada@example.com"],
    ['"Example, Ada <x>" <ADA@Example.com>', "ada@example.com"],
    [" ada@example.com ", "ada@example.com"],
    ["a@example.com, b@example.com", "a@example.com"],
    ["<>", null],
    ["Ada", null],
    ["ada@exa mple.com", null],
  ])("reads the address in %j", (header, address) => {
    expect(addressIn(header)).toBe(address);
  });

  it("never happened later than now, whatever a clock says", () => {
    expect(read({ receivedAt: now + 1 }).occurred_at).toBe(new Date(now).toISOString());
    expect(read({ headers: [["Received", "by a; 31 Foo 2023 99:99:99 +0000"]] }).occurred_at).toBe(
      new Date(now).toISOString(),
    );
  });
});

describe("the message that a mail answers", () => {
  it("is named by the address it was sent to, before all else", () => {
    const to = [`answers+${intent}@parse.example.com`];
    const event = read({ to, headers: [["In-Reply-To", `<${messageIdOf(other, "acme.example")}>`]] });
    expect(event.message_id).toBe(intent);
    expect(event.conversation_id).toBe(read().conversation_id);
  });

  it("is named by In-Reply-To, else by the last of ours in References", () => {
    const ours = (id: string) => `<${messageIdOf(id, "acme.example")}>`;
    expect(withHeader("in-reply-to", ours(intent)).message_id).toBe(intent);
    const references = `<a@b.example> ${ours(other)} ${ours(intent)} <c@d.example>`;
    expect(withHeader("References", references).message_id).toBe(intent);
    expect(withHeader("References", "<a@b.example>").message_id).toBeUndefined();
  });

  it("may be known by the vendor's own Message-ID", () => {
    const ownMessage = (id: string) => /^(.+)@vendor\.example$/.exec(id)?.[1] ?? null;
    expect(read({ ownMessage, headers: [["In-Reply-To", "<m-7@vendor.example>"]] }).message_id).toBe("m-7");
  });

  it("is recognized in what we set ourselves", () => {
    expect(intentOfMessageId(`<${messageIdOf(intent, "acme.example")}>`)).toBe(intent);
    expect(intentOfMessageId("<heedless.x@acme.example>")).toBeNull();
  });
});

describe("the text of an answer", () => {
  it("is the vendor's, when it took the quoted text off", () => {
    expect(read({ stripped: " Call me. \r\n" }).data["text"]).toBe("Call me.");
    expect(read({ stripped: " " }).data["text"]).toBe("Yes please, call me.");
  });

  it.each([
    [
      "German",
      "Ja gern!\r\n\r\nAm Di., 14. Nov. 2023 um 14:00 Uhr schrieb Example <hello@example.com>:\r\n> Hallo",
      "Ja gern!",
    ],
    ["Outlook's", "Stop\n\nFrom: Example <hello@example.com>\nSent: Tuesday\n\nHi Ada", "Stop"],
    ["signed", "OK\n\nSent from my iPhone", "OK"],
  ])("leaves out what is quoted in a %s mail", (_, text, expected) => {
    expect(read({ text }).data["text"]).toBe(expected);
  });

  it("comes from HTML when there is nothing else", () => {
    const html =
      '<html><head><style>p{}</style></head><body><p>Yes &amp; <b>now</b>&#33;</p><br><div class="gmail_quote">Old</div></body></html>';
    expect(read({ text: "", html }).data["text"]).toBe("Yes & now!");
    expect(read({ text: "", html: "<div>A</div><blockquote>B</blockquote>" }).data["text"]).toBe("A");
  });

  it("is cut, not refused, when it is very long", () => {
    const { data } = read({ text: "word ".repeat(40_000), subject: "x".repeat(5_000) });
    expect(data).toMatchObject({
      text: expect.stringMatching(/^[^\u2028]{7000,8000}$/),
      subject: expect.stringMatching(/^x{500}$/),
    });
  });

  it.each([
    ["2020 from <".repeat(2_000), /^2020 from <2020/],
    ["\n \n".repeat(9_000), /^$/],
    ["Op\nschreef\n".repeat(2_000), /^Op\nschreef/],
    ["On a ".repeat(5_000), /^On a On a/],
    [`Ja!\n\nOp di 14 nov schreef Jan:\nschreef ${"schreef ".repeat(5)}`, /^Ja!\n\nOp di 14 nov/],
  ])("is read in time even when it was written to keep a parser busy for ever: %.12j", (text, expected) => {
    expect(read({ text: `${text}\n> quoted` }).data).toMatchObject({ text: expect.stringMatching(expected) });
  });
});

describe("mail that nobody wrote in answer", () => {
  it.each([
    ["Auto-Submitted", "auto-replied", "auto_reply"],
    ["auto-submitted", "auto-generated (rejected)", "auto_reply"],
    ["X-Autoreply", "yes", "auto_reply"],
    ["X-Autorespond", "Re: Your trial", "auto_reply"],
    ["Precedence", "bulk", "auto_reply"],
    ["Precedence", "auto_reply", "auto_reply"],
    ["X-Auto-Response-Suppress", "OOF, AutoReply", "auto_reply"],
    ["X-Auto-Response-Suppress", "All", "auto_reply"],
    ["Content-Type", "multipart/report; report-type=disposition-notification; boundary=x", "auto_reply"],
    ["Content-Type", "multipart/report; report-type=delivery-status; boundary=x", "bounce"],
    ["X-Failed-Recipients", "ada@example.com", "bounce"],
    ["List-Id", "<all.example.com>", "mailing_list"],
  ])("is told by %s: %s", (name, value, kind) => {
    const event = withHeader(name, value);
    expect(event.event_type).toBe("email.auto_replied");
    expect(event.data["kind"]).toBe(kind);
  });

  it.each([
    ["Auto-Submitted", "no"],
    ["X-Autoreply", "no"],
    ["Precedence", "first-class"],
    ["X-Auto-Response-Suppress", "DR, RN"],
    ["Content-Type", "multipart/mixed; boundary=x"],
    ["List-Id", ""],
  ])("is not told by %s: %s", (name, value) => {
    expect(withHeader(name, value).event_type).toBe("email.replied");
  });

  it.each([
    ["MAILER-DAEMON@mx.example.net", "bounce"],
    ["Postmaster <postmaster@example.com>", "bounce"],
    ["no-reply@example.com", "auto_reply"],
  ])("is told by its sender %s", (from, kind) => {
    expect(read({ from }).data["kind"]).toBe(kind);
  });

  it("is told by an empty sender of its envelope", () => {
    expect(read({ returnPath: "<>" }).data["kind"]).toBe("auto_reply");
    expect(read({ returnPath: "" }).data["kind"]).toBe("auto_reply");
    expect(read({ returnPath: null, headers: [["Return-Path", "<>"]] }).data["kind"]).toBe("auto_reply");
    expect(read({ returnPath: null }).event_type).toBe("email.replied");
  });

  it.each([
    ["Automatic reply: Re: Your trial"],
    ["Out of Office Re: Your trial"],
    ["Abwesenheitsnotiz: Ihr Angebot"],
    ["Automatische Antwort: Ihr Angebot"],
    ["Réponse automatique : Votre essai"],
    ["Respuesta automática: Su prueba"],
    ["Risposta automatica: prova"],
    ["Odpowiedź automatyczna: test"],
    ["自動応答: ご案内"],
  ])("is told by the subject %s", (subject) => {
    expect(read({ subject }).event_type).toBe("email.auto_replied");
  });

  it.each([["Re: Out of office"], ["Automatically cancelled?"], ["Is your office out of order?"], ["stop"]])(
    "is not told by the subject %s",
    (subject) => {
      expect(read({ subject }).event_type).toBe("email.replied");
    },
  );

  it("concerns whom a bounce names, and is known as ours when one of ours comes back whole", () => {
    const bounce = read({ from: "MAILER-DAEMON@mx.example", headers: [["X-Failed-Recipients", "Ben@example.com"]] });
    expect(bounce.address).toEqual({ email: "ben@example.com" });
    expect(withHeader("x", "y").event_type).toBe("email.replied");
    expect(read({ headers: [["Message-ID", `<${messageIdOf(intent, "a.example")}>`]] }).data["kind"]).toBe("own");
  });
});

describe("the headers of a mail", () => {
  it("go on in lines that begin with a space, and what is no header is left out", () => {
    expect(parseHeaders("References: <a@b>\r\n\t<c@d>\nX: y:z\nnonsense\n: empty\n")).toEqual([
      ["References", "<a@b> <c@d>"],
      ["X", "y:z"],
    ]);
  });
});
