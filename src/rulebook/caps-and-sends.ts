import { reachesContact } from "../core/model/rulebook.ts";
import type { Path } from "./problem.ts";
import type { Cap, RuleFile, SendStep, Step } from "./rule-file.generated.ts";
import { lengthOf } from "./step-times.ts";
import { stepsOf } from "./steps.ts";
import type { WorkspaceFile } from "./workspace-file.generated.ts";

type Channels = WorkspaceFile["channels"];

/** Why a cap counts nothing that a rule sends, or null. A channel that is not there is another mistake. */
export function countsNothing(cap: Cap, file: RuleFile, channels: Channels): string | null {
  if (cap.class !== undefined && cap.class !== file.class)
    return `it counts ${cap.class} messages, and this rule's are ${file.class}`;
  const used = stepsOf(file).flatMap(({ step }) => ("send" in step ? [step.send].flat() : []));
  if (used.length === 0) return "this rule sends nothing";
  if ([...used, ...(cap.channel === undefined ? [] : [cap.channel])].some((name) => !Object.hasOwn(channels, name)))
    return null;
  if (cap.channel !== undefined && !used.includes(cap.channel)) return `this rule sends nothing through ${cap.channel}`;
  const counted = used.filter((name) => cap.channel === undefined || name === cap.channel);
  if (cap.per !== "contact" || counted.some((name) => reaches(name, channels))) return null;
  return `messages through ${[...new Set(counted)].join(", ")} do not go to contacts`;
}

/** A cap of the workspace that counts by contact what goes to nobody. */
export function countsNobody({ per, channel }: Cap, channels: Channels): string | null {
  if (per !== "contact" || channel === undefined || !Object.hasOwn(channels, channel)) return null;
  return reaches(channel, channels) ? null : `messages through ${channel} do not go to contacts`;
}

function reaches(name: string, channels: Channels): boolean {
  const kind = channels[name]?.kind;
  return kind !== undefined && reachesContact(kind);
}

/** A send that everybody comes to. */
interface CertainSend {
  readonly path: Path;
  readonly step: SendStep;
  /** Sends between which nobody knows how long it takes are of different stretches. */
  readonly stretch: number;
  /** How long after the beginning of its stretch at the most, in milliseconds. */
  readonly at: number;
}

/**
 * The send that a cap always drops, because those before it have taken all its places: sends that everybody comes to,
 * one after the other, within the cap's window.
 */
export function alwaysDropped(cap: Cap, file: RuleFile, channels: Channels): Path | null {
  if (cap.max === 0 || (cap.on_exceed ?? "drop") !== "drop") return null;
  if (cap.class !== undefined && cap.class !== file.class) return null;
  const counted = certainSends(file).filter(({ step }) => isCounted(step, cap, channels));
  // Of a day or a month only what is sent at once is surely in the same one, but for its last moment.
  const window = typeof cap.within === "string" ? lengthOf(cap.within) : 1;
  const dropped = counted.find((send, index) => {
    const first = counted[index - cap.max];
    if (first === undefined || first.stretch !== send.stretch) return false;
    return send.at - first.at + quietTime(first, send, file, channels) < window;
  });
  return dropped?.path ?? null;
}

/** How much longer it may take from one send to another because of quiet hours; those of one channel are over at once. */
function quietTime(first: CertainSend, send: CertainSend, file: RuleFile, channels: Channels): number {
  const names = [...new Set([first, send].flatMap(({ step }) => [step.send].flat()))];
  if (file.class !== "marketing" || names.every((name) => channels[name]?.quiet_hours === undefined)) return 0;
  return names.length === 1 && send.at === first.at ? 0 : lengthOf("1d");
}

function certainSends({ actions, window }: RuleFile): readonly CertainSend[] {
  const sends: CertainSend[] = [];
  let at = 0;
  let stretch = 0;
  for (const [index, step] of actions.entries()) {
    if (step.when === undefined && "stop" in step) break;
    if (step.when === undefined && "send" in step) sends.push({ path: ["actions", index], step, stretch, at });
    const longest = longestOf(step);
    // A window may make any wait longer.
    if (longest === null || (longest > 0 && window !== undefined)) stretch += 1;
    else at += longest;
  }
  return sends;
}

/** How long a step may take until the next one, or null when that depends on the way. */
function longestOf(step: Step): number | null {
  if ("branch" in step) return null;
  if ("wait_for" in step) {
    const { then, otherwise, timeout } = step.wait_for;
    return then === undefined && otherwise === undefined ? lengthOf(timeout) : null;
  }
  if (!("wait" in step)) return 0;
  const { wait } = step;
  if (typeof wait === "string") return lengthOf(wait);
  return "between" in wait ? Math.max(...wait.between.map(lengthOf)) : lengthOf("25h");
}

function isCounted({ send }: SendStep, { per, channel }: Cap, channels: Channels): boolean {
  const names = [send].flat();
  if (names.some((name) => !Object.hasOwn(channels, name))) return false;
  return names.every(
    (name) => (channel === undefined || name === channel) && (per !== "contact" || reaches(name, channels)),
  );
}
