import { isReply } from "./matching.ts";
import type { Contact, Intent } from "./model/contact.ts";
import { type CanonicalEvent, eventKey } from "./model/event.ts";
import type { OutgoingMessage, SaidLine } from "./model/outgoing.ts";
import { reachesContact, type Workspace } from "./model/rulebook.ts";
import { change, type Run } from "./run.ts";
import { happenedAt } from "./time/event-time.ts";

/** Enough for a person to go on from, and no archive. */
const KEEP = { lines: 10, characters: 300, ageMs: 30 * 24 * 3_600_000 } as const;

type KnownLine = Contact["conversation"][number];

/** What a person wrote, kept for the people who will answer. */
export function learnWords(run: Run, event: CanonicalEvent): void {
  const text = event.data["text"];
  if (!isReply(event) || typeof text !== "string") return;
  const channel = event.channel ?? event.event_type.slice(0, event.event_type.indexOf("."));
  keep(run, { id: eventKey(event), at: happenedAt(event, run.now), direction: "in", channel, text });
}

/** What was said to them, once the provider has taken it. */
export function learnSaid(run: Run, intent: Intent, message: OutgoingMessage): void {
  const { text, body, subject } = message.content;
  const said = text ?? body ?? subject;
  if (!reachesContact(message.kind) || said === undefined) return;
  keep(run, {
    id: intent.id,
    at: intent.lastCallAt ?? run.now,
    direction: "out",
    channel: message.channel,
    text: said,
  });
}

/** What somebody to whom a message of this kind goes should know of it; nothing where people are not spoken with. */
export function conversationFor(run: Run, kind: OutgoingMessage["kind"]): readonly SaidLine[] {
  if (!isHandOver(kind)) return [];
  return run.contact.conversation.map(({ at, direction, channel, text }) => ({ at, direction, channel, text }));
}

/** Whom a message to people of your own is about: the contact by name and addresses, where they are known. */
export function aboutFor({ contact }: Run, kind: OutgoingMessage["kind"]): OutgoingMessage["about"] {
  if (!isHandOver(kind)) return undefined;
  const { email, phone } = contact.addresses;
  const name = nameOf(contact);
  return {
    ...(name !== null && { name }),
    ...(email !== undefined && { email: email.address }),
    ...(phone !== undefined && { phone: phone.address }),
  };
}

function nameOf({ attributes }: Contact): string | null {
  const { name, first_name: first, last_name: last } = attributes;
  const parts = typeof name === "string" ? [name] : [first, last];
  const full = parts.filter((part) => typeof part === "string").join(" ");
  return full.trim() === "" ? null : full.trim();
}

/** What both documents know, in the order in which it was said. */
export function unitedConversation(a: Contact["conversation"], b: Contact["conversation"]): Contact["conversation"] {
  const news = b.filter(({ id }) => !a.some((known) => known.id === id));
  return news.length === 0 ? a : [...a, ...news].sort(byTime).slice(-KEEP.lines);
}

/** The same order in whatever order they came to be known. */
function byTime(a: KnownLine, b: KnownLine): number {
  return a.at - b.at || (a.id < b.id ? -1 : 1);
}

export function youngConversation(conversation: Contact["conversation"], now: number): Contact["conversation"] {
  const young = conversation.filter(({ at }) => at > now - KEEP.ageMs);
  return young.length === conversation.length ? conversation : young;
}

function keep(run: Run, line: KnownLine): void {
  if (!handsOver(run.rulebook.workspace)) return;
  const kept = { ...line, text: shortened(line.text) };
  change(run, { conversation: unitedConversation(run.contact.conversation, [kept]) });
}

/** Nobody keeps what nobody will read: without a channel to people of one's own there is no conversation. */
function handsOver({ channels }: Workspace): boolean {
  return [...channels.values()].some(({ kind }) => isHandOver(kind));
}

function isHandOver(kind: OutgoingMessage["kind"]): boolean {
  return kind === "slack" || kind === "ticket";
}

function shortened(text: string): string {
  const characters = Array.from(text);
  return characters.length <= KEEP.characters ? text : `${characters.slice(0, KEEP.characters - 1).join("")}…`;
}
