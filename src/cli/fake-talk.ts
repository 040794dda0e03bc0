import { behaviours } from "../providers/fake-behaviours.ts";
import type { DoorAnswer, FakeNews } from "../providers/fake-vendor.ts";

/** What a fake tells, as a line for people. */
export function newsLine(provider: string, news: FakeNews): string {
  if (news.what === "message") return `fake ${provider}: a message to "${news.behaviour}" was ${news.answer}\n`;
  const { kind, count, signature, end, answer } = news;
  const number = count === 1 ? "" : ` ${count} times`;
  const kept = signature === "good" ? "" : `, ${signature}`;
  return `fake ${provider}: reported ${kind}${number}${kept}: ${outcome(end, answer, signature !== "good")}\n`;
}

function outcome(end: "taken" | "again" | "dropped", answer: DoorAnswer, mustRefuse: boolean): string {
  const said = typeof answer === "number" ? `Heed answered ${answer}` : answer.replace("_", " ");
  if (end === "taken") return said;
  const judged = mustRefuse && answer === 401 ? `${said}, as it must` : said;
  return end === "again" ? `${judged}; it will be sent again` : `${judged}; the vendor gives up`;
}

/** Who behaves how, for people. */
export function recipientTable(): string {
  const rows = behaviours.map(({ word, digits, says }) => [
    `${word}@example.com`,
    digits === null ? "" : `+1 202 555 01${digits}`,
    says,
  ]);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(
    ([email = "", phone = "", says = ""]) =>
      `  ${email.padEnd(widths[0] ?? 0)}  ${phone.padEnd(widths[1] ?? 0)}  ${says}\n`,
  );
  const tags =
    "A +tag says the same: ana+hard-bounce@example.com. Other fictional numbers end alike, as +1 415 555 0166 does.";
  return `A message to\n\n${lines.join("")}\n${tags}\n`;
}
