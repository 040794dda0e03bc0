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
import type { CompactDocuments } from "./documents.ts";
import { type MessageIndex, messageOf } from "./message-index.ts";
import type { Names } from "./names.ts";
import { createSpoolReader, eventIn, readSpool, type Spool } from "./spool.ts";

/** What an arm plays, as data that threads can share. */
export interface ArmSetting {
  readonly spool: Spool;
  /** By key number, whose cluster it is in, and whether that one is played. */
  readonly clusters: Uint32Array;
  readonly played: Uint8Array;
  readonly messages: MessageIndex;
  readonly names: Names;
  readonly from: number;
  readonly to: number;
  readonly warmUpUntil: number;
  /** The share of contacts that is played. */
  readonly sample: number;
  /** Rules, by the ids under which they began, whose first day was over before the recording. */
  readonly established: ReadonlySet<string>;
}

/** What the rules of an arm run on. */
export interface ArmRules {
  readonly rulebook: Rulebook;
  readonly templates: ReadonlyMap<string, Template>;
}

/** One playing of the recording by the rules of one revision, and who watches it. */
export interface Playing {
  readonly setting: ArmSetting;
  readonly rules: ArmRules;
  readonly documents: CompactDocuments;
  /** Whether the events of this cluster are played. */
  isPlayed(cluster: number): boolean;
  draw(moment: Moment, draws: readonly Draw[]): RefusedDraw | null;
  /** Of each event that came in from outside, what stands in the recording. */
  read?(text: string): void;
  /** An event, as it is for this arm, before it is decided. */
  arrives?(cluster: number, event: CanonicalEvent, at: number): void;
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

export interface Played {
  /** 1 of the recording's messages that this arm sent, too. */
  readonly sent: Uint8Array;
  /** Reactions to messages that went out here through a channel of another kind, which cannot have been. */
  readonly misrouted: number;
  readonly events: number;
  /** Names of look-ups that were asked. */
  readonly lookedUp: ReadonlySet<string>;
}

interface State {
  readonly playing: Playing;
  readonly world: World;
  readonly sent: Uint8Array;
  readonly read: ReturnType<typeof createSpoolReader>;
  misrouted: number;
}

/** Plays the recording to its end. */
export async function playRecording(playing: Playing): Promise<Played> {
  const { setting, rules, documents } = playing;
  const { spool, clusters, messages, to } = setting;
  const lookedUp = new Set<string>();
  const watcher: Watcher = {
    ...(playing.renders !== undefined && { renders: playing.renders }),
    decided: (moment, before, input, verdict) => hear(state, { moment, before, input, verdict }),
  };
  const world = createWorld({ ...rules, documents, outside: outsideOf(playing, lookedUp), watcher });
  const sent = new Uint8Array(messages.hashes.length);
  const state: State = { playing, world, sent, read: createSpoolReader(spool), misrouted: 0 };
  let events = 0;
  for (const record of readSpool(spool, (number) => playing.isPlayed(clusters[number] ?? 0))) {
    playing.read?.(record.text);
    events += 1;
    // What speaks of a message comes when the message has been sent here, if it is.
    if (record.message !== 0) continue;
    await playUntil(world, record.at - 1);
    world.moveTo(record.at);
    const { key, event } = eventIn(record);
    await arrive(state, clusters[record.number] ?? 0, key, event);
  }
  await playUntil(world, to);
  return { sent, misrouted: state.misrouted, events, lookedUp };
}

/** Everything that is due until then. What comes in at a moment is known to what is due at the same one. */
async function playUntil(world: World, until: number): Promise<void> {
  for (let at = world.nextAt(); at !== null && at <= until; at = world.nextAt()) await world.step();
}

async function arrive({ playing, world }: State, cluster: number, key: string, event: CanonicalEvent): Promise<void> {
  playing.documents.belongs(key, cluster);
  playing.arrives?.(cluster, event, world.now());
  await world.confront(key, { kind: "event", id: eventKey(event), event });
}

function outsideOf(playing: Playing, lookedUp: Set<string>): Outside {
  return {
    // What it found then nobody wrote down: as if nothing were there, so that what does not hinge on it goes on.
    lookUp(_moment, name) {
      lookedUp.add(name);
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
  const { documents, setting } = state.playing;
  const sends: SentHere[] = [];
  for (const effect of verdict.effects) {
    if (effect.kind === "hand") documents.belongs(effect.key, documents.clusterOf(moment.key));
    if (effect.kind !== "call") continue;
    const { message } = effect;
    const intent = verdict.contact.intents[message.intentId];
    const enrollment = verdict.contact.enrollments[intent?.enrollment ?? ""];
    if (intent === undefined || enrollment === undefined) continue;
    const real = realMessages(setting, moment.key, intent, enrollment);
    letReact(state, message, real);
    sends.push({ message, intent, enrollment, real });
  }
  state.playing.decided(moment, before, verdict, input, sends);
}

/** By all ids that production may have given it. */
function realMessages(
  { messages, names }: ArmSetting,
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
  const { playing, sent, world, read } = state;
  const { messages, clusters, to } = playing.setting;
  const now = world.now();
  for (const place of real) {
    if (sent[place] === 1) continue;
    sent[place] = 1;
    const then = messages.sentAt[place] ?? Number.NaN;
    const last = messages.starts[place + 1] ?? 0;
    for (let index = messages.starts[place] ?? 0; index < last; index += 1) {
      const spot = messages.places[index] ?? 0;
      const recorded = read(spot);
      // Nobody opens a text, and no carrier delivers a mail.
      if (!isThrough(kind, eventIn(recorded).event)) {
        state.misrouted += 1;
        continue;
      }
      const at = Number.isNaN(then) ? Math.max(now, recorded.at) : now + Math.max(0, recorded.at - then);
      if (at > to) continue;
      world.put(at, () => {
        const record = read(spot);
        const { key, event } = eventIn(record);
        const moved = { ...shifted(event, at - record.at), message_id: intentId };
        return arrive(state, clusters[record.number] ?? 0, key, moved);
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
