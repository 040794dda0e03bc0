import { describe, expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { hasOptOutWording } from "../../src/rulebook/opt-out-wording.ts";
import { heedYaml, inMemory, ruleYaml } from "./in-memory.ts";

describe("is told how to opt out by", () => {
  test.each([
    "Reply STOP to opt out.",
    "Sale! Txt STOP 2 quit",
    "Reply Stop to end",
    "STOP to end",
    "Opt-out: STOP",
    "STOP=end",
    "Text 'stop' to 12345",
    "To unsubscribe, visit acme.example/u",
    "Abmelden: STOPP",
    "Antworten Sie mit STOPP, um keine Nachrichten mehr zu erhalten",
    "Répondez ARRÊT pour ne plus recevoir de messages",
    "STOP au 36180. Envoyez STOP",
    "Responde BAJA para cancelar",
    "Responda STOP para sair",
    "Rispondi STOP per non ricevere altri messaggi",
    "Stuur STOP om af te melden",
    "Svara STOPP för att avsluta",
    "Odpowiedz STOP, aby zrezygnować",
    "Ответьте STOP, чтобы отписаться",
    "Reply OPT OUT at any time",
  ])("%s", (text) => {
    expect(hasOptOutWording(`Our guide is out. ${text}`, ["baja"])).toBe(true);
  });
});

describe("is not told how by", () => {
  test.each([
    "Our guide is out.",
    "Don't stop now!",
    "We will not stop until you reply.",
    "Reply by the end of the day.",
    "Text us to cancel your demo.",
    "STOP waiting and come in",
    "Last stop: the sale",
    "Responde BALA para cancelar",
  ])("%s", (text) => {
    expect(hasOptOutWording(text, ["baja"])).toBe(false);
  });
});

const stop = "Reply STOP to opt out.";

function linesOf(actions: string, kind = "marketing"): readonly number[] {
  const rule = ruleYaml("a")
    .replace("class: transactional", `class: ${kind}`)
    .replace("  - { send: sms, text: Hello. }\n", actions);
  return checkWorkspace(inMemory({ "heed.yaml": heedYaml, "a.yaml": rule }), null).problems.map(
    ({ code, message, range }) => {
      if (code !== "HEED405") throw new Error(message);
      return range.start.line - 9;
    },
  );
}

describe("only what can be the first text message must tell it", () => {
  test.each<[string, string, readonly number[]]>([
    ["one without", "- { send: sms, text: Hello. }", [1]],
    ["one with", `- { send: sms, text: ${stop} }`, []],
    ["the second need not", `- { send: sms, text: ${stop} }\n- { wait: 30m }\n- { send: sms, text: Hello. }`, []],
    [
      "an email before does not count",
      "- { send: email, subject: Hello, text: 'To unsubscribe, reply STOP.' }\n- { send: sms, text: Hello. }",
      [2],
    ],
    [
      "one that may be skipped",
      `- { send: sms, when: { contact.status: new }, text: ${stop} }\n- { send: sms, text: Hello. }`,
      [2],
    ],
    [
      "one of several channels",
      `- { send: [sms, email], subject: Hello, text: ${stop} }\n- { send: sms, text: Hello. }`,
      [2],
    ],
    [
      "after a failure",
      "- send: email\n  subject: Hello\n  text: To unsubscribe, reply STOP.\n  on_failure:\n    - { send: sms, text: Hello. }",
      [5],
    ],
    [
      "every way of a branch",
      `- branch:\n    - when: { contact.status: new }\n      do: [{ send: sms, text: ${stop} }]\n    - otherwise:\n        - { send: sms, text: Hello. }\n- { send: sms, text: Hello. }`,
      [5],
    ],
    [
      "a branch that may be passed",
      `- branch:\n    - when: { contact.status: new }\n      do: [{ send: sms, text: ${stop} }]\n- { send: sms, text: Hello. }`,
      [4],
    ],
    [
      "both ends of a wait",
      `- wait_for:\n    event: Order Completed\n    timeout: 1d\n    then: [{ send: sms, text: ${stop} }]\n    otherwise: [{ send: sms, text: Hello. }]\n- { send: sms, text: Hello. }`,
      [5],
    ],
    [
      "nothing behind ways that all end or tell",
      `- branch:\n    - when: { contact.status: new }\n      do: [{ stop: done }]\n    - otherwise:\n        - { send: sms, text: ${stop} }\n- { wait: 30m }\n- { send: sms, text: Hello. }`,
      [],
    ],
  ])("%s", (_, actions, lines) => {
    expect(linesOf(`${actions.replace(/^/gm, "  ")}\n`)).toEqual(lines);
  });

  test("and no other class", () => {
    expect(linesOf("  - { send: sms, text: Hello. }\n", "transactional")).toEqual([]);
  });
});
