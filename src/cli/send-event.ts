import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import type { Clock } from "../core/model/clock.ts";
import type { Json, JsonObject } from "../core/model/json.ts";
import { isJsonArray, isJsonObject, parseJson } from "../core/model/parse-json.ts";
import { defaultLimits } from "../ingest/limits.ts";
import { readEvent } from "../ingest/read-event.ts";
import { createEventValidator, type EventFault, type EventValidator } from "../ingest/validate-event.ts";
import { compileParsed } from "../rulebook/compile-workspace.ts";
import { loadWorkspace } from "../rulebook/load-workspace.ts";
import { isRuleFile, parseWorkspace } from "../rulebook/parse-workspace.ts";
import { unheardNote } from "../simulate/explain/unheard.ts";
import { watchedEvents } from "../simulate/near-misses.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Output } from "./output.ts";
import { createProgress } from "./progress.ts";
import { reachSystem } from "./reach-system.ts";
import { readEventLines, type WrittenEvent } from "./read-event-lines.ts";
import { BadSetting, type RunSettings } from "./run-settings.ts";
import { storeFlags } from "./store-flags.ts";
import { type SoundEvent, takeIntoStore, type TakeEvents, takeOverHttp } from "./take-events.ts";

export interface SendEventFlags {
  readonly type?: string | undefined;
  readonly contact?: string | undefined;
  readonly email?: string | undefined;
  readonly phone?: string | undefined;
  readonly id?: string | undefined;
  readonly at?: string | undefined;
  /** A JSON object. */
  readonly data?: string | undefined;
}

export interface SendEventContext {
  readonly settings: RunSettings;
  readonly clock: Clock;
  readonly io: Output;
  readonly stdin: Readable;
}

/** Events of one request: few enough for the door, and for a person to see that something goes on. */
const BATCH = 500;
/** Bytes of one request, well below what the door takes. */
const BATCH_BYTES = 500_000;

/** One that is sound and has its id, so that nothing is doubled when it is sent again. */
interface IdentifiedEvent extends SoundEvent {
  readonly id: string;
  readonly bytes: number;
}

interface Sent {
  accepted: number;
  known: number;
  refused: number;
  readonly types: Set<string>;
}

/**
 * Sends events to the running system, or puts them into its store when that is open to us. Each is judged here first, by
 * the door's own law, so that what is wrong is told with its place; what is sound beside it goes in. Throws `BadSetting`.
 */
export async function sendEvent(
  file: string | undefined,
  flags: SendEventFlags,
  context: SendEventContext,
): Promise<ExitCode> {
  const { settings, clock, io } = context;
  const written = writtenEvents(file, flags, context.stdin);
  const only = file === undefined;
  const sent = await reachSystem<Sent>(settings, clock, io, {
    running: (system) => sendAll(written, only, context, takeOverHttp(system)),
    stored: (store) => sendAll(written, only, context, takeIntoStore(store)),
  });
  if (!only) io.out(`${sent.accepted} accepted, ${sent.known} known already, ${sent.refused} refused\n`);
  const doubt = doubtAbout([...sent.types], settings.workspace);
  if (doubt !== null) io.err(`heed send-event: ${doubt}\n`);
  return sent.refused === 0 ? EXIT.fine : EXIT.findings;
}

async function sendAll(
  written: AsyncIterable<WrittenEvent> | Iterable<WrittenEvent>,
  only: boolean,
  { settings, clock, io }: SendEventContext,
  take: TakeEvents,
): Promise<Sent> {
  const judge = createJudge(settings, clock);
  const progress = createProgress(io, clock, "events sent", 0);
  const sent: Sent = { accepted: 0, known: 0, refused: 0, types: new Set() };
  let batch: IdentifiedEvent[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    const fresh = await take(batch).catch((fault: unknown): never => {
      if (!only) io.err(`heed send-event: ${howFar(sent)}\n`);
      throw fault;
    });
    if (only) tellOne(batch, fresh, settings, io);
    sent.accepted += fresh;
    sent.known += batch.length - fresh;
    progress.step(batch.length);
    batch = [];
    bytes = 0;
  };
  for await (const one of written) {
    const judged = "fault" in one ? [one.fault] : judge(one.value);
    if (isRefusal(judged)) {
      sent.refused += 1;
      for (const fault of judged) io.err(`${only ? "" : `${one.where}: `}${fault}\n`);
      continue;
    }
    if (bytes + judged.bytes > BATCH_BYTES) await flush();
    sent.types.add(judged.type);
    batch.push(judged);
    bytes += judged.bytes;
    if (batch.length >= BATCH) await flush();
  }
  await flush();
  progress.end();
  return sent;
}

/** The door takes any type, so a slip of the pen in it would go unnoticed. Null when the files at hand cannot tell. */
function doubtAbout(types: readonly string[], directory: string): string | null {
  if (types.length === 0) return null;
  const files = loadWorkspace(directory).files.filter(({ name }) => isRuleFile(name) || name === "heed.yaml");
  const { parsed, problems } = parseWorkspace({ files, problems: [] });
  if (parsed.workspace === null || problems.some(({ severity }) => severity === "error")) return null;
  const { rulebook } = compileParsed(parsed, parsed.workspace, {});
  return unheardNote(types, watchedEvents(parsed.rules), rulebook.awaitedEventTypes);
}

function isRefusal(judged: IdentifiedEvent | readonly string[]): judged is readonly string[] {
  return Array.isArray(judged);
}

function tellOne([one]: readonly IdentifiedEvent[], fresh: number, settings: RunSettings, io: Output): void {
  if (one === undefined) return;
  const { type, id } = one;
  io.out(`${fresh === 1 ? "accepted" : "known already"}: ${type} ${id}\n`);
  if (fresh === 1) io.err(`heed explain --event ${id}${storeFlags(settings)} tells what comes of it\n`);
}

function howFar({ accepted, known }: Sent): string {
  return `${accepted + known} events were taken in before this; when the file is sent again, those of them that have an event_id are known, and the others come in twice`;
}

/** Judges an event as the door will. Those without an id get one here. */
function createJudge(settings: RunSettings, clock: Clock): (value: Json) => IdentifiedEvent | readonly string[] {
  const validate: EventValidator = createEventValidator();
  const { country, channels } = placeIn(settings.workspace);
  return (value) => {
    const event: Json = isJsonObject(value) ? { event_id: randomUUID(), ...value } : value;
    const phone = valueAt(event, "/address/phone");
    if (country === null && typeof phone === "string" && !phone.trim().startsWith("+")) {
      return [
        `/address/phone: expected a number that begins with + and its country's prefix, because ${settings.workspace} does not say which country others are of; found ${shown(phone)}`,
      ];
    }
    const reading = {
      validate,
      limits: defaultLimits,
      country: country ?? "US",
      ...(channels !== null && { channels }),
      now: clock.now(),
      newId: randomUUID,
    };
    const read = readEvent(event, reading);
    if ("faults" in read) return read.faults.map((fault) => inWords(fault, value));
    if (!isJsonObject(event)) return ["expected an object"];
    const { event_type: type, event_id: id } = read.event;
    return { type, id, event, fact: read.fact, bytes: read.fact.body.byteLength };
  };
}

/** What a workspace says of numbers and channels. Null where none says it: the files need not be at hand where events are sent from. */
function placeIn(directory: string) {
  const files = loadWorkspace(directory).files.filter(({ name }) => name === "heed.yaml");
  const { workspace } = parseWorkspace({ files, problems: [] }).parsed;
  const channels = workspace?.file.channels;
  return {
    country: workspace?.file.country ?? null,
    channels: channels === undefined ? null : new Map(Object.entries(channels)),
  };
}

/** Path, what was expected, what was found. */
function inWords({ pointer, message }: EventFault, value: Json): string {
  const found = valueAt(value, pointer);
  const quoted = found === undefined || isJsonObject(found) || isJsonArray(found) ? "" : `, found ${shown(found)}`;
  if (message.includes("additional properties"))
    return `${pointer}: an event has no such key; what is your own goes under data`;
  const said = message.replace(/^must have required property '(.*)'$/, "$1 is missing");
  return `${pointer === "" ? "event" : pointer}: ${said}${quoted}`;
}

function valueAt(value: Json, pointer: string): Json | undefined {
  let found: Json | undefined = value;
  for (const name of pointer.split("/").slice(1)) {
    const key = name.replaceAll("~1", "/").replaceAll("~0", "~");
    found = isJsonArray(found) ? found[Number(key)] : isJsonObject(found) ? found[key] : undefined;
  }
  return found;
}

function shown(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function writtenEvents(
  file: string | undefined,
  flags: SendEventFlags,
  stdin: Readable,
): AsyncIterable<WrittenEvent> | Iterable<WrittenEvent> {
  const flagged = Object.values(flags).some((flag) => flag !== undefined);
  if (file !== undefined && flagged) throw new BadSetting("expected a file or the event in flags, found both");
  if (file !== undefined) return readEventLines(file, stdin);
  if (flags.type === undefined) {
    throw new BadSetting(
      "expected a file of events, - for standard input, or an event: --type lead.demo_requested --contact ana-1",
    );
  }
  return [{ where: "event", value: eventOf(flags, flags.type) }];
}

function eventOf({ contact, email, phone, id, at, data }: SendEventFlags, type: string): JsonObject {
  const address = { ...(email !== undefined && { email }), ...(phone !== undefined && { phone }) };
  return {
    event_type: type,
    ...(contact !== undefined && { contact_id: contact }),
    ...(Object.keys(address).length > 0 && { address }),
    ...(id !== undefined && { event_id: id }),
    ...(at !== undefined && { occurred_at: at }),
    ...(data !== undefined && { data: readData(data) }),
  };
}

function readData(text: string): JsonObject {
  const parsed = parseJson(text);
  if (parsed.ok && isJsonObject(parsed.value)) return parsed.value;
  throw new BadSetting(`--data: expected a JSON object such as '{"plan":"pro"}', found ${shown(text)}`);
}
