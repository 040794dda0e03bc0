import type { CommandContext } from "./command-context.ts";
import { randomUUID } from "node:crypto";
import type { Clock } from "../core/model/clock.ts";
import type { Json, JsonObject } from "../core/model/json.ts";
import { formatInstant } from "../core/time/instant.ts";
import {
  type ContactFault,
  type ContactReading,
  readContact,
  readMoment,
  type WrittenContact,
} from "../ingest/contact-statement.ts";
import { statementEvents } from "../ingest/statement-events.ts";
import { printable } from "../rulebook/report/printable.ts";
import { actorHere } from "./actor.ts";
import { contactReading } from "./contact-reading.ts";
import { whoIsMeant } from "./contact-meant.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { reachSystem } from "./reach-system.ts";
import { BadSetting, type RunSettings } from "./run-settings.ts";
import { storeFlags } from "./store-flags.ts";
import { createEventJudge, takeIntoStore, takeOverHttp } from "./take-events.ts";

/** Who says something of a contact by hand, and why: both stand in its account. */
export interface SayFlags {
  readonly actor?: string;
  readonly reason?: string;
  readonly at?: string;
  /** Of a contact that nothing is known of yet. */
  readonly new?: boolean;
}

/** `plan=pro seats=12`: by the types of their fields; nothing behind the sign forgets. Throws `BadSetting`. */
export function setAttributes(
  named: string,
  pairs: readonly string[],
  flags: SayFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const attributes: Record<string, Json> = {};
  for (const pair of pairs) {
    const sign = pair.indexOf("=");
    const [name, value] = [pair.slice(0, sign).trim(), pair.slice(sign + 1)];
    if (sign < 1 || name === "") throw new BadSetting(`expected field=value such as plan=pro, found "${pair}"`);
    attributes[name] = value === "" ? null : value;
  }
  return say(named, { attributes: declaredOnly(attributes, context.settings) }, flags, context);
}

/** A slip of the pen in the name of a field would go unnoticed, and rules would go on reading the old value. */
function declaredOnly(attributes: JsonObject, { workspace }: RunSettings): JsonObject {
  const { fields } = contactReading(workspace);
  for (const name of Object.keys(attributes)) {
    if (fields.has(name) || name === "time_zone") continue;
    const known = ["time_zone", ...fields.keys()].join(", ");
    throw new BadSetting(`${name} is no field of contacts: heed.yaml declares ${known}`);
  }
  return attributes;
}

export function tagContact(
  verb: "tag" | "untag",
  named: string,
  tags: readonly string[],
  { flags, context }: { readonly flags: SayFlags; readonly context: CommandContext },
): Promise<ExitCode> {
  return say(named, verb === "tag" ? { tags: [...tags] } : { untag: [...tags] }, flags, context);
}

export interface ConsentFlags extends SayFlags {
  readonly source?: string;
  readonly wording?: string;
}

export function sayConsent(
  named: string,
  { channel, state }: { readonly channel: string; readonly state: string },
  flags: ConsentFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const { source, wording } = flags;
  const word = { state, ...(source !== undefined && { source }), ...(wording !== undefined && { wording }) };
  return say(named, { consent: { [channel]: word } }, flags, context);
}

/** Brings it to the running system, or into its store, as events that say who said so. */
async function say(
  named: string,
  written: WrittenContact,
  flags: SayFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const { settings, clock, io } = context;
  const reading = contactReading(settings.workspace);
  const key = await keyOf(named, flags, context);
  const read = readContact({ ...whom(key), ...written }, reading, clock.now());
  if ("faults" in read) throw new BadSetting(read.faults.map((fault) => inWords(fault, flags)).join("\n"));
  const judge = createEventJudge(reading.country, clock);
  const events = statementEvents(read.statement, {
    eventId: `by-hand-${randomUUID()}`,
    provider: "cli",
    at: momentOf(flags.at, reading, clock),
    said: { actor: flags.actor ?? actorHere(), ...(flags.reason !== undefined && { reason: flags.reason }) },
  }).map((event) => {
    const judged = judge(event);
    if ("faults" in judged) throw new BadSetting(judged.faults.map(({ message }) => message).join("\n"));
    return judged;
  });
  await reachSystem(settings, clock, io, {
    running: (system) => takeOverHttp(system)(events),
    stored: (store) => takeIntoStore(store)(events),
  });
  const where = storeFlags(settings);
  io.out(`taken in: ${events.map(({ type }) => type).join(", ")}\n`);
  io.err(`heed explain --contact ${printable(key)}${where} tells what comes of it\n`);
  return EXIT.fine;
}

/** An id that is written wrong would make a contact of its own, and what was said would be true of nobody. */
async function keyOf(named: string, flags: SayFlags, context: CommandContext): Promise<string> {
  const { key, known } = await whoIsMeant(named, context);
  if (known === false && flags.new !== true && key.startsWith("id:")) {
    throw new BadSetting(
      `nobody is known as ${printable(key)}, so nothing was written down: look for its id with heed contact show <email or phone>, or say with --new that it is a new contact`,
    );
  }
  return key;
}

function whom(key: string): Pick<WrittenContact, "id" | "email" | "phone"> {
  const [kind, rest] = [key.slice(0, key.indexOf(":")), key.slice(key.indexOf(":") + 1)];
  if (kind === "anon") throw new BadSetting("expected the id of a contact, its email address or its phone number");
  return { [kind]: rest };
}

function momentOf(said: string | undefined, reading: ContactReading, clock: Clock): string {
  const moment = readMoment(said, { reading, now: clock.now() });
  if ("fault" in moment) throw new BadSetting(`--at: ${moment.fault}`);
  return moment.at ?? formatInstant(clock.now());
}

/** In the words of the flags, where there are some. */
function inWords({ path, message }: ContactFault, flags: ConsentFlags): string {
  const last = path.at(-1) ?? "";
  const flag = last === "source" || last === "wording" ? `--${last}` : path.slice(1).join(".") || last;
  const found = last === "source" || last === "wording" ? flags[last] : undefined;
  return `${flag === "" ? "contact" : flag}: ${message}${found === undefined ? "" : `, found "${found}"`}`;
}
