import type { Contact, Intent } from "../../src/core/model/contact.ts";
import type { LedgerRecord } from "../../src/core/model/decision.ts";
import type { SendGridFake } from "../../src/providers/sendgrid/fake.ts";
import type { TwilioFake } from "../../src/providers/twilio/fake.ts";
import type { Accounts } from "./accounts.ts";
import type { Happening, Plan } from "./plan.ts";
import { LIMITS, type Person, readMark } from "./scene.ts";

export interface Verdict {
  /** Promises that were broken, in words; none is the only good number. */
  readonly violations: readonly string[];
  /** What came about, so that silence means something. */
  readonly counts: Readonly<Record<string, number>>;
}

export interface Evidence {
  readonly plan: Plan;
  readonly everybody: readonly Person[];
  readonly vendors: { readonly twilio: TwilioFake; readonly sendgrid: SendGridFake };
  readonly accounts: Accounts;
  /** What never came to rest. */
  readonly unsettled: readonly string[];
}

/** A message that a vendor took. */
interface Taken {
  readonly event: string;
  readonly rule: string;
  /** Whose it is, by the address it went to. */
  readonly person: Person;
}

type Violate = (text: string) => void;

/** Compares what happened to people with what vendors took and with the account. All events of the plan were acknowledged. */
export async function judge(evidence: Evidence): Promise<Verdict> {
  const violations: string[] = [...evidence.unsettled];
  const violate: Violate = (text) => void violations.push(text);
  const taken = takenOf(evidence, violate);
  judgeLimits(taken, violate);
  const contacts = new Map((await evidence.accounts.contacts()).map((contact) => [contact.key, contact]));
  const ends = new Map<string, number>();
  for (const person of evidence.everybody) {
    const key = `id:${person.id}`;
    const contact = contacts.get(key);
    if (contact === undefined) {
      violate(`${key} is not known`);
      continue;
    }
    const told = evidence.plan.happenings.filter((happening) => happening.person.id === person.id);
    const own = taken.filter((message) => message.person.id === person.id);
    const lines = await evidence.accounts.linesOf(key);
    judgeEvents(contact, lines, told, violate);
    judgeSilence(contact, lines, own, violate);
    for (const intent of judgeMessages(contact, lines, own, violate)) {
      const end = `messages ${intent.state.kind}`;
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
  }
  const counts = {
    events: evidence.plan.happenings.length,
    "messages that vendors took": taken.length,
    "calls of vendors": evidence.vendors.twilio.calls.length + evidence.vendors.sendgrid.calls.length,
    ...Object.fromEntries(ends),
  };
  return { violations, counts };
}

function takenOf({ vendors, everybody }: Evidence, violate: Violate): readonly Taken[] {
  const texts = [
    ...vendors.twilio.messages.map(({ to, body }) => ({ to, text: body })),
    ...vendors.sendgrid.messages.map(({ mail }) => readMail(mail)),
  ];
  const taken: Taken[] = [];
  const seen = new Set<string>();
  for (const { to, text } of texts) {
    const person = everybody.find(({ email, phone }) => email === to || phone === to);
    const mark = readMark(text);
    if (person === undefined || mark === null) {
      violate(`a vendor got "${text}" for ${to}, which nobody meant to send`);
      continue;
    }
    const name = `the message of ${mark.rule} for ${mark.event} to ${person.id}`;
    if (seen.has(name)) violate(`${name} was taken by the vendor twice`);
    seen.add(name);
    taken.push({ ...mark, person });
  }
  return taken;
}

function readMail(mail: unknown): { readonly to: string; readonly text: string } {
  const dig = (...path: readonly (string | number)[]): string => {
    const found = path.reduce<unknown>(
      (value, name) => (isIndexed(value) && Object.hasOwn(value, name) ? value[name] : undefined),
      mail,
    );
    return typeof found === "string" ? found : "";
  };
  return { to: dig("personalizations", 0, "to", 0, "email"), text: dig("content", 0, "value") };
}

function isIndexed(value: unknown): value is Readonly<Record<string | number, unknown>> {
  return typeof value === "object" && value !== null;
}

function judgeLimits(taken: readonly Taken[], violate: Violate): void {
  const count = (named: (message: Taken) => string | null): ReadonlyMap<string, number> => {
    const counts = new Map<string, number>();
    for (const message of taken) {
      const name = named(message);
      if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return counts;
  };
  const limit = (most: number, what: string, named: (message: Taken) => string | null): void => {
    for (const [name, found] of count(named)) {
      if (found > most) violate(`${found} messages of ${most} ${what} ${name}`);
    }
  };
  const ofRule = (wanted: string) => (message: Taken) => (message.rule === wanted ? message.person.id : null);
  limit(LIMITS.cartPerContact, "that the rule cart may send to", ofRule("cart"));
  limit(LIMITS.clickPerContact, "that the rule click may send to", ofRule("click"));
  limit(LIMITS.offersToAll, "that may go to", ({ rule }) => (rule === "offer" ? "everybody together" : null));
  limit(LIMITS.textsForMoney, "that there is money for went", ({ rule }) => (rule === "order" ? null : "by text"));
}

/** What was acknowledged was decided once, whatever was told twice, redelivered or decided by two at the same time. */
function judgeEvents(
  { key, history }: Contact,
  lines: readonly LedgerRecord[],
  told: readonly Happening[],
  violate: Violate,
): void {
  const decided = new Map<string, number>();
  for (const { kind, event } of lines) {
    if (kind === "event" && event !== undefined) decided.set(event, (decided.get(event) ?? 0) + 1);
  }
  for (const happening of told) {
    const name = eventIdOf(happening);
    const times = decided.get(name) ?? 0;
    if (times !== 1) violate(`${key} decided ${name} ${times} times`);
  }
  const strangers = decided.size - told.length - 1;
  if (strangers !== 0) violate(`${key} decided ${decided.size} events, and ${told.length} and who it is were told`);
  const orders = told.filter(({ kind }) => kind === "order").length;
  const counted = Math.max(0, ...Object.values(history).map((times) => times.length));
  if (counted !== orders) violate(`${key} counts ${counted} orders of ${orders}`);
}

/** Under which id the door takes it in. */
function eventIdOf({ kind, id }: Happening): string {
  return kind === "stop" ? `SM${Buffer.from(id).toString("hex").padStart(32, "0")}` : id;
}

/** No text begins after the STOP was committed. */
function judgeSilence(
  { key, intents }: Contact,
  lines: readonly LedgerRecord[],
  taken: readonly Taken[],
  violate: Violate,
): void {
  const stop = lines.find(({ kind, event }) => kind === "event" && event?.startsWith("SM") === true);
  if (stop === undefined) return;
  for (const { id, rule, channel, lastCallAt } of Object.values(intents)) {
    if (channel !== "sms" || lastCallAt === null || lastCallAt <= stop.at) continue;
    violate(`message ${id} of ${rule} to ${key} began ${lastCallAt - stop.at} ms after their STOP`);
  }
  const before = lines.slice(0, lines.indexOf(stop));
  for (const { event, rule } of taken) {
    if (rule === "order" || before.some((line) => line.kind === "enrolled" && line.event === event)) continue;
    violate(`${key} got a text of ${rule} for ${event}, which happened after their STOP`);
  }
}

/** What vendors took and what the account says of it are the same; returns all messages of the contact. */
function judgeMessages(
  { key, intents }: Contact,
  lines: readonly LedgerRecord[],
  taken: readonly Taken[],
  violate: Violate,
): readonly Intent[] {
  const began = lines.filter(({ kind }) => kind === "enrolled");
  const ended = lines.filter(({ kind }) => kind === "ended");
  for (const { enrollment, rule } of began) {
    const ends = ended.filter((line) => line.enrollment === enrollment).length;
    if (ends !== 1) violate(`${key} ended ${ends} times what ${rule} began`);
  }
  if (ended.length !== began.length) violate(`${key} began ${began.length} runs and ended ${ended.length}`);
  const found = Object.values(intents);
  const accounted = new Set<Taken>();
  for (const intent of found) {
    const start = began.find(({ enrollment }) => enrollment === intent.enrollment);
    const own = taken.filter(({ event, rule }) => event === start?.event && rule === intent.rule);
    for (const message of own) accounted.add(message);
    const name = `message ${intent.id} of ${intent.rule} to ${key}`;
    const kind = intent.state.kind;
    if (kind === "accepted" && own.length !== 1) violate(`${name} is accepted, and the vendor took ${own.length}`);
    if (kind === "refused" && own.length > 0) violate(`${name} is refused, and the vendor took it`);
    const surelyNot = (kind === "rejected" || kind === "failed") && intent.inDoubt !== true;
    if (surelyNot && own.length > 0) violate(`${name} is ${kind}, and the vendor took it`);
    const said = lines.filter((line) => line.kind === "message" && line.intent === intent.id);
    if (said.at(-1)?.reason !== intent.reason) {
      violate(`${name} is ${kind} because of ${intent.reason}, and the account ends with ${said.at(-1)?.reason}`);
    }
  }
  for (const message of taken) {
    const isKnown = accounted.has(message) || (found.length >= REMEMBERED && isAccounted(message, lines));
    if (!isKnown) violate(`${key} knows nothing of a message of ${message.rule} for ${message.event}`);
  }
  return found;
}

/** A document forgets the oldest of so many settled messages. The account keeps all. */
const REMEMBERED = 50;

/** Whether the account says that it was sent, or may have been. */
function isAccounted({ event, rule }: Taken, lines: readonly LedgerRecord[]): boolean {
  const start = lines.find((line) => line.kind === "enrolled" && line.event === event && line.rule === rule);
  const said = lines.findLast(({ kind, enrollment }) => kind === "message" && enrollment === start?.enrollment);
  return start !== undefined && (said?.reason === "sent" || said?.reason === "provider.unknown");
}
