import { releaseId } from "./intents.ts";
import type { Contact } from "./model/contact.ts";
import type { Delivered, Handed } from "./model/decision.ts";
import { eventKey } from "./model/event.ts";
import { withMore } from "./model/with-more.ts";
import { isContactKey } from "./model/identity.ts";
import { change, type Run } from "./run.ts";

/** How documents tell each other something: as an effect of the commit that decided it, under an id that is always the same. */

/** A merged contact hands things on to another, which may be merged as well; nobody is merged so often in a row. */
const LONGEST_WAY = 100;

export function hand(run: Run, key: string, what: Handed): void {
  run.effects.push({ kind: "hand", key, id: deliveryId(what), what });
}

/** The next number of a word about who belongs to whom. */
export function nextNumber(run: Run): number {
  const number = run.contact.spoken + 1;
  change(run, { spoken: number });
  return number;
}

/** What makes it the same thing by whatever way it comes. */
export function idOfHanded(what: Handed): string {
  switch (what.kind) {
    case "event":
      return eventKey(what.event);
    case "link":
    case "unlink":
      return `${what.kind}:${what.contact}:${what.number}`;
    case "handover":
      return `handover:${what.from}:${what.number}`;
    case "release":
      return releaseId(what);
    case "replay":
      return `replay:${what.letter}`;
    case "cancel":
      return `cancel:${what.command}`;
    case "result":
      return `result:${what.intent}:${what.attempt}`;
    case "merge":
      return `merge:${what.into}:${what.number}`;
    case "erase":
      return `erase:${what.by}:${what.number}`;
  }
}

/** A store forgets no id for a while, so what comes by here again on its way must have another. */
function deliveryId(what: Handed): string {
  const way = wayOf(what).length;
  return way === 0 ? idOfHanded(what) : `${idOfHanded(what)}~${way}`;
}

/** A merged contact's sign on what it hands on; another one once it goes on in somebody else. */
export function stampOf({ key, merges }: Contact): string {
  return `${key}~${merges}`;
}

/** The stamps of merged contacts that have handed it on. */
export function wayOf(what: Handed): readonly string[] {
  return "via" in what ? (what.via ?? []) : [];
}

type OnItsWay = Extract<Handed, { readonly via?: readonly string[] }>;

/** What belongs to whoever this document has become, or belongs to: words about a place to all who share an address. */
export function passOn(run: Run, input: Partial<Delivered> & OnItsWay, to = targets(run, input)): boolean {
  const { id: _delivery, appendedAt: _then, ...what } = input;
  const via = isContactKey(run.contact.key) ? [...wayOf(what), stampOf(run.contact)].slice(-LONGEST_WAY) : wayOf(what);
  const told: Handed = what.kind === "event" ? withMore(what, { told: true }) : what;
  for (const key of to) hand(run, key, via.length === 0 ? told : withMore(told, { via }));
  return to.length > 0;
}

function targets({ contact }: Run, { kind }: { readonly kind: string }): readonly string[] {
  return kind === "release" ? contact.pointsTo : contact.pointsTo.slice(-1);
}
