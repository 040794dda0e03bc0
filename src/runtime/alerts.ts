import type { Clock } from "../core/model/clock.ts";
import type { LedgerRecord } from "../core/model/decision.ts";
import type { OutgoingMessage, SendOutcome } from "../core/model/outgoing.ts";
import { reachesContact, type Channel } from "../core/model/rulebook.ts";
import { idOf } from "../core/model/sha256.ts";
import { formatInstant } from "../core/time/instant.ts";
import { faultFields, type Log } from "../observe/log.ts";
import { type Doc, type Store, Unavailable } from "../store/store.ts";
import {
  afterTry,
  type Alert,
  type AlertBook,
  type AlertKind,
  type Cause,
  causeOf,
  claimDue,
  emptyBook,
  withAlerts,
} from "./alert-book.ts";
import { decodeJson, encodeJson } from "./contact-codec.ts";
import type { HouseKey } from "./house-documents.ts";
import type { Deployed } from "./parts.ts";

export interface Alerts {
  /** Writes down what is wrong. `letters`: up to which place dead letters were looked at. */
  raise(alerts: readonly Alert[], letters?: number): Promise<void>;
  /** Tells of what is due: each cause once an hour, whichever process gets to it. */
  tellDue(): Promise<void>;
  /** The place of the newest dead letter that was looked at; null before the first look. */
  letters(): Promise<number | null>;
}

export interface AlertParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: { readonly alerted: (kind: AlertKind, outcome: string) => void };
  readonly deployed: () => Deployed;
}

export const ALERTS_KEY: HouseKey = "heed:alerts";
const MOST_CONFLICTS = 50;

/** What to do about each, in commands. */
const REMEDY: Readonly<Record<AlertKind, (about: string) => string>> = {
  retries_exhausted: () => "See them with `heed dlq list`; `heed dlq replay` tries them again.",
  dead_letters: () => "See them with `heed dlq list`.",
  lane_stopped: (channel) =>
    `Mend the credentials or the account of the provider of ${channel}; its messages go out by themselves then.`,
  clock_skew: () => "Set the clock by NTP; `heed doctor` says how far off it is.",
  door_quiet: (source) =>
    `See in the settings of ${source} whether its webhooks or events still come here, and what its own log says of them.`,
  plan_missed: (rule) =>
    `\`heed forecast\` tells the numbers. See whether the event that starts ${rule} still comes, then \`heed explain --rule ${rule}\`.`,
  self_paused: (rule) => `See who was messaged, then \`heed resume rule:${rule} --reason …\`.`,
};

/** One document for all processes: what is raised twice is told once, and what was raised is told after a crash. */
export function createAlerts(parts: AlertParts): Alerts {
  const { store, clock } = parts;
  return {
    async raise(alerts, letters) {
      await change(store, (book) => {
        const raised = withAlerts(book, alerts, clock.now());
        return letters === undefined || letters === raised.letters ? raised : { ...raised, letters };
      });
    },
    async tellDue() {
      const { tell, held } = await claim(parts);
      await recordHeld(parts, held);
      for (const cause of tell) await tellOf(parts, cause);
    },
    letters: async () => readBook(await store.load(ALERTS_KEY, "latest")).letters,
  };
}

async function claim({ store, clock }: AlertParts): Promise<Pick<ReturnType<typeof claimDue>, "tell" | "held">> {
  let claimed: ReturnType<typeof claimDue> = { book: emptyBook, tell: [], held: [] };
  await change(store, (book) => {
    claimed = claimDue(book, clock.now());
    return claimed.tell.length + claimed.held.length === 0 ? book : claimed.book;
  });
  return claimed;
}

async function recordHeld(parts: AlertParts, held: readonly Cause[]): Promise<void> {
  if (held.length === 0) return;
  for (const { kind } of held) parts.metrics.alerted(kind, "held_back");
  parts.log.warn("too many alerts for one hour: the rest is only written down", { held: held.length });
  const lines = held.map((cause) => lineOf(parts, cause, "held_back"));
  await change(parts.store, (book) => ({ ...book }), lines);
}

async function tellOf(parts: AlertParts, cause: Cause): Promise<void> {
  const { store, clock, log, metrics } = parts;
  const outcome = await sendAll(parts, cause);
  // Of what nobody knows, a second copy would be the smaller harm once, and a flood in an outage.
  const wasTold = outcome === "accepted" || outcome === "ambiguous";
  metrics.alerted(cause.kind, outcome);
  const about = { kind: cause.kind, about: cause.about, outcome };
  if (wasTold) log.info("told of trouble", about);
  else log.error("could not tell of trouble: look at the channel of `alerts`", { ...about, says: cause.says });
  const next = (book: AlertBook) => afterTry(book, cause, wasTold, clock.now());
  const { ended } = next(emptyBook);
  await change(store, (book) => next(book).book, ended ? [lineOf(parts, cause, outcome)] : []);
}

/** The outcome on the channel of `alerts`. The rule's owner is told with the first try alone. */
async function sendAll(parts: AlertParts, cause: Cause): Promise<SendOutcome["kind"] | "no_channel"> {
  const targets = targetsOf(parts.deployed(), cause);
  let first: SendOutcome["kind"] | "no_channel" = "no_channel";
  for (const [index, target] of targets.entries()) {
    if (index > 0 && cause.tries > 0) break;
    const outcome = await send(parts, cause, target);
    if (index === 0) first = outcome;
  }
  return first;
}

interface Target {
  readonly channel: Channel;
  readonly to: string | null;
}

/** The channel of `alerts` first. An owner is told apart when it is another channel of your people, or an address. */
function targetsOf({ workspace: { rulebook } }: Deployed, { rule }: Cause): readonly Target[] {
  const { channels, alerts } = rulebook.workspace;
  const channel = alerts === null ? undefined : channels.get(alerts.channel);
  if (alerts === null || channel === undefined) return [];
  const main: Target = { channel, to: alerts.to };
  const owner = (rule === null ? null : rulebook.rules.get(rule)?.owner) ?? null;
  const owned = owner === null ? undefined : channels.get(owner);
  if (owned !== undefined && owned !== channel && !reachesContact(owned.kind))
    return [main, { channel: owned, to: null }];
  const isAddress = owner !== null && /^[^\s@]+@[^\s@]+$/.test(owner);
  return channel.kind === "email" && isAddress && owner !== alerts.to ? [main, { channel, to: owner }] : [main];
}

async function send(parts: AlertParts, cause: Cause, { channel, to }: Target): Promise<SendOutcome["kind"]> {
  const deployed = parts.deployed();
  const outbound = deployed.providers.get(channel.provider)?.outbound ?? null;
  if (outbound === null) return "misconfigured";
  const { name } = deployed.workspace.rulebook.workspace;
  const text = textOf(deployed, cause);
  const subject = `Heed (${name}): ${cause.kind.replaceAll("_", " ")}, ${cause.about}`;
  const message: OutgoingMessage = {
    // The same for every try of one hour.
    intentId: idOf("alert", causeOf(cause), String(cause.since), String(cause.toldAt), channel.name, to ?? ""),
    attempt: cause.tries + 1,
    contactId: null,
    ruleId: cause.rule ?? "heed-alerts",
    channel: channel.name,
    kind: channel.kind,
    from: channel.from,
    to,
    content: { text, subject },
    ...(channel.kind === "webhook" && {
      body: {
        alert: cause.kind,
        about: cause.about,
        rule: cause.rule,
        times: cause.times,
        since: formatInstant(cause.since),
        text,
      },
    }),
  };
  try {
    return (await outbound.send(message)).kind;
  } catch (fault) {
    parts.log.error("a provider broke its contract and threw", { channel: channel.name, ...faultFields(fault) });
    return "ambiguous";
  }
}

function textOf({ workspace: { rulebook } }: Deployed, { kind, about, rule, says, times, since }: Cause): string {
  const owner = rule === null ? null : (rulebook.rules.get(rule)?.owner ?? null);
  const often = times > 1 ? ` (${times} times since ${formatInstant(since)})` : "";
  const whose = owner === null ? "" : ` It is a rule of ${owner}.`;
  return `Heed (${rulebook.workspace.name}): ${says}${often}.${whose} ${REMEDY[kind](about)}`;
}

function lineOf(
  { clock, deployed }: AlertParts,
  { kind, about, rule, says, times }: Cause,
  outcome: string,
): LedgerRecord {
  const { digest, workspace } = deployed().workspace.rulebook;
  const channel = workspace.alerts?.channel ?? null;
  return {
    at: clock.now(),
    kind: "command",
    rulebook: digest.slice(0, 12),
    ...(rule !== null && { rule }),
    detail: { command: "alert", actor: "heed", alert: kind, about, says, times, channel, outcome },
  };
}

/** By compare-and-set, with lines of the account; writes nothing when the book stays the same. */
async function change(
  store: Store,
  next: (book: AlertBook) => AlertBook,
  lines: readonly LedgerRecord[] = [],
): Promise<void> {
  for (let tries = 0; tries < MOST_CONFLICTS; tries++) {
    const doc = await store.load(ALERTS_KEY, "latest");
    const before = readBook(doc);
    const after = next(before);
    if (after === before) return;
    const emit = lines.map((line) => ({
      lane: "audit" as const,
      key: ALERTS_KEY,
      id: `alert:${idOf(JSON.stringify(line))}`,
      body: encodeJson(line),
    }));
    const committed = await store.commit({
      key: ALERTS_KEY,
      base: doc?.rev ?? "new",
      body: encodeJson(after),
      wakeAt: null,
      emit,
    });
    if (committed.ok) return;
    if (committed.why === "too-large") throw new RangeError(`${ALERTS_KEY} would outgrow its document`);
  }
  throw new Unavailable(`gave up after ${MOST_CONFLICTS} conflicts on ${ALERTS_KEY}`);
}

/** Written by this file alone. */
function readBook(doc: Doc | null): AlertBook {
  const body = doc === null ? null : decodeJson(doc.body);
  return isBook(body) ? body : emptyBook;
}

function isBook(body: unknown): body is AlertBook {
  return typeof body === "object" && body !== null && "causes" in body && "told" in body && "letters" in body;
}
