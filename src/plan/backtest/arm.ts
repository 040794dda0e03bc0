import type { Contact, Enrollment, Intent } from "../../core/model/contact.ts";
import type { Draw, Input, RefusedDraw } from "../../core/model/decision.ts";
import { type CanonicalEvent, eventKey } from "../../core/model/event.ts";
import type { OutgoingMessage } from "../../core/model/outgoing.ts";
import type { ChannelKind, Rulebook } from "../../core/model/rulebook.ts";
import { idOf } from "../../core/model/sha256.ts";
import { formatInstant, parseInstant } from "../../core/time/instant.ts";
import {
  createWorld,
  type Moment,
  type Outside,
  type Verdict,
  type Watcher,
  type World,
} from "../../simulate/virtual-world.ts";
import type { Template } from "../../templates/template.ts";
import type { PlayedDocuments } from "./documents.ts";
import { type MessageIndex, messageOf } from "./message-index.ts";
import type { Names } from "./names.ts";
import type { Spools } from "./spool.ts";
import type { Records } from "./survey.ts";
import type { Timelines } from "./timelines.ts";

/** What all arms play, as data that threads share. */
export interface Setting {
  readonly spools: Spools;
  readonly records: Records;
  /** By key number, whose cluster it is in. */
  readonly clusters: Uint32Array;
  readonly timelines: Timelines;
  readonly messages: MessageIndex;
  readonly marks: { readonly base: Marks; readonly head: Marks };
  readonly names: { readonly base: Names; readonly head: Names };
  readonly from: number;
  readonly to: number;
  readonly warmUpUntil: number;
  /** The share of contacts that is played. */
  readonly sample: number;
  /** Rules, by the ids under which they began, whose first day was over before the recording. */
  readonly established: ReadonlySet<string>;
}

/** What an arm does with the messages of the recording, by their places in the index. */
export interface Marks {
  /** 1 of those that it sent, too. */
  readonly sent: Uint8Array;
  /** Reactions to those that went out here through a channel of another kind, which cannot have been. */
  readonly misrouted: Uint16Array;
}

export function createMarks(messages: number): Marks {
  return {
    sent: new Uint8Array(new SharedArrayBuffer(messages)),
    misrouted: new Uint16Array(new SharedArrayBuffer(2 * messages)),
  };
}

/** What the rules of an arm run on. */
export interface ArmRules {
  readonly rulebook: Rulebook;
  readonly templates: ReadonlyMap<string, Template>;
}

/** What is played, of one contact or of many. */
export interface Source {
  /** What came in from outside and speaks of no message of ours, in order. */
  arrivals(): Iterable<Recorded>;
  /** What speaks of one, by the number of its record. */
  reaction(record: number): Recorded;
}

export interface Recorded {
  readonly at: number;
  readonly cluster: number;
  readonly key: string;
  readonly event: CanonicalEvent;
}

/** One playing of recorded events by the rules of one revision, and who watches it. */
export interface Playing {
  readonly setting: Setting;
  readonly names: Names;
  readonly rules: ArmRules;
  readonly source: Source;
  readonly documents: PlayedDocuments;
  readonly marks: Marks;
  draw(moment: Moment, draws: readonly Draw[]): RefusedDraw | null;
  /** Names of look-ups that were asked. */
  readonly lookedUp: Set<string>;
  /** Rules that paused themselves, and since when: written down here, and known from the beginning if told elsewhere. */
  readonly paused: Map<string, number>;
  /** An event, as it is for this arm, before it is decided. */
  arrives?(event: CanonicalEvent, at: number): void;
  readonly renders?: Watcher["renders"];
  decided(moment: Moment, before: Contact, verdict: Verdict, input: Input, sent: readonly SentHere[]): void;
}

/** A message that an arm sent. */
export interface SentHere {
  readonly message: OutgoingMessage;
  readonly intent: Intent;
  readonly enrollment: Enrollment;
  /** Its places among the messages of the recording: mostly one of the same id, or none. */
  readonly real: readonly number[];
}

interface State {
  readonly playing: Playing;
  readonly world: World;
  readonly sent: number[];
}

/** Plays to the end of the recording. Gives the places of the recording's messages that were sent here, too. */
export async function playRecording(playing: Playing): Promise<readonly number[]> {
  const { setting, rules, documents, source, paused } = playing;
  const watcher: Watcher = {
    ...(playing.renders !== undefined && { renders: playing.renders }),
    decided: (moment, before, input, verdict) => hear(state, { moment, before, input, verdict }),
  };
  const world = createWorld({ ...rules, documents, outside: outsideOf(playing), watcher, paused });
  const state: State = { playing, world, sent: [] };
  for (const recorded of source.arrivals()) {
    await playUntil(world, recorded.at - 1);
    world.moveTo(recorded.at);
    await arrive(state, recorded, recorded.event);
  }
  await playUntil(world, setting.to);
  return state.sent;
}

/** Everything that is due until then. What comes in at a moment is known to what is due at the same one. */
async function playUntil(world: World, until: number): Promise<void> {
  for (let at = world.nextAt(); at !== null && at <= until; at = world.nextAt()) await world.step();
}

async function arrive({ playing, world }: State, { cluster, key }: Recorded, event: CanonicalEvent): Promise<void> {
  playing.documents.belongs(key, cluster);
  playing.arrives?.(event, world.now());
  await world.confront(key, { kind: "event", id: eventKey(event), event });
}

function outsideOf(playing: Playing): Outside {
  return {
    // What it found then nobody wrote down: as if nothing were there, so that what does not hinge on it goes on.
    lookUp(_moment, name) {
      playing.lookedUp.add(name);
      return { kind: "value", value: {} };
    },
    draw: (moment, draws) => playing.draw(moment, draws),
    // Bounces and failures come as events, as they did.
    send: () => ({ kind: "accepted", providerMessageId: null }),
    reconcile: () => ({ kind: "impossible" }),
  };
}

interface Decided {
  readonly moment: Moment;
  readonly before: Contact;
  readonly input: Input;
  readonly verdict: Verdict;
}

function hear(state: State, { moment, before, input, verdict }: Decided): void {
  const { documents } = state.playing;
  const sends: SentHere[] = [];
  for (const effect of verdict.effects) {
    if (effect.kind === "hand") documents.belongs(effect.key, documents.clusterOf(moment.key));
    if (effect.kind !== "call") continue;
    const { message } = effect;
    const intent = verdict.contact.intents[message.intentId];
    const enrollment = verdict.contact.enrollments[intent?.enrollment ?? ""];
    if (intent === undefined || enrollment === undefined) continue;
    const real = realMessages(state.playing, moment.key, intent, enrollment);
    letReact(state, message, real);
    sends.push({ message, intent, enrollment, real });
  }
  state.playing.decided(moment, before, verdict, input, sends);
}

/** By all ids that production may have given it. */
function realMessages(
  { setting: { messages }, names }: Playing,
  key: string,
  { id: intent, rule, step }: Intent,
  { trigger }: Enrollment,
): readonly number[] {
  const known = names.get(rule);
  const steps = new Set([step, known?.steps.get(step) ?? step]);
  const ids = new Set([intent]);
  if (known !== undefined && known.ids.length * steps.size > 1) {
    for (const id of known.ids) {
      for (const one of steps) ids.add(idOf(key, idOf(id, eventKey(trigger)), one));
    }
  }
  return [...ids].map((id) => messageOf(messages, id)).filter((place) => place !== null);
}

/** Lets what was recorded of a message happen to the one that was sent here instead, as long after it as it did then. */
function letReact(state: State, { intentId, kind }: OutgoingMessage, real: readonly number[]): void {
  const { playing, world } = state;
  const { setting, marks, source } = playing;
  const { messages, to } = setting;
  const now = world.now();
  for (const place of real) {
    if (marks.sent[place] === 1) continue;
    marks.sent[place] = 1;
    state.sent.push(place);
    const then = messages.sentAt[place] ?? Number.NaN;
    const last = messages.starts[place + 1] ?? 0;
    for (let index = messages.starts[place] ?? 0; index < last; index += 1) {
      const record = messages.records[index] ?? 0;
      const recorded = source.reaction(record);
      // Nobody opens a text, and no carrier delivers a mail.
      if (!isThrough(kind, recorded.event)) {
        marks.misrouted[place] = (marks.misrouted[place] ?? 0) + 1;
        continue;
      }
      const at = Number.isNaN(then) ? Math.max(now, recorded.at) : now + Math.max(0, recorded.at - then);
      if (at > to) continue;
      world.put(at, () => {
        const again = source.reaction(record);
        return arrive(state, again, { ...shifted(again.event, at - again.at), message_id: intentId });
      });
    }
  }
}

/** Whether such a report can be one of a message of this kind. */
function isThrough(kind: ChannelKind, { event_type: type }: CanonicalEvent): boolean {
  const [, family = kind] = /^(email|sms|push|voice)\./.exec(type) ?? [];
  return family === kind;
}

function shifted(event: CanonicalEvent, by: number): CanonicalEvent {
  if (by === 0) return event;
  const later = (text: string): string => {
    const at = parseInstant(text);
    return at === null ? text : formatInstant(at + by);
  };
  return { ...event, occurred_at: later(event.occurred_at), received_at: later(event.received_at) };
}
