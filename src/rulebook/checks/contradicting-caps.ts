import { type Check, problemAt } from "../check.ts";
import { mostPerContact } from "./cap-of-zero.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import type { Cap } from "../rule-file.generated.ts";
import type { SourceDocument } from "../source-file.ts";
import { lengthOf } from "../step-times.ts";

/** A cap that never decides anything, because another one is always reached before or together with it. */
export const contradictingCaps = {
  id: "contradicting-caps",
  pages: {
    HEED333: {
      what: "A cap can never be reached, because another one allows less of the same or of more; or two caps of the same messages say what to do in different ways.",
      why: "Somebody reads five a day, and it is three a week. Whoever changes the number later changes nothing.",
      example: {
        in: "rule",
        bad: "caps:\n  - { max: 3, per: contact, within: 7d }\n  - { max: 5, per: contact, within: 1d }",
        good: "caps:\n  - { max: 3, per: contact, within: 7d }\n  - { max: 1, per: contact, within: 1d }",
      },
      waivable: true,
    },
  },
  run,
} as const satisfies Check;

function run({ workspace, rules }: ParsedWorkspace): readonly Problem[] {
  const shared = workspace === null ? [] : placedCaps(workspace.document, workspace.file.caps, null);
  return [
    ...pointless(shared, shared),
    ...rules.flatMap(({ document, file }) => {
      const own = placedCaps(document, file.caps, file.class);
      return pointless(own, [...own, ...shared]);
    }),
  ];
}

interface PlacedCap {
  readonly cap: Cap;
  readonly document: SourceDocument;
  readonly index: number;
  /** Of the rule whose messages alone it counts; null when it is the workspace's. */
  readonly ruleClass: Cap["class"] | null;
}

function placedCaps(
  document: SourceDocument,
  caps: readonly Cap[] = [],
  ruleClass: PlacedCap["ruleClass"],
): readonly PlacedCap[] {
  return caps.map((cap, index) => ({ cap, document, index, ruleClass }));
}

/** One problem for each cap that another one makes pointless. */
function pointless(caps: readonly PlacedCap[], all: readonly PlacedCap[]): readonly Problem[] {
  return caps.flatMap((placed) => {
    for (const other of all) {
      const reason = other === placed ? null : reasonAgainst(placed, other);
      if (reason !== null) return [problem(placed, other, reason)];
    }
    return [];
  });
}

function problem({ document, index }: PlacedCap, other: PlacedCap, message: string): Problem {
  return problemAt(document, {
    code: "HEED333",
    severity: "warning",
    path: ["caps", index],
    message,
    help: "keep one of the two, or change its numbers",
    related: [
      {
        message: `this one allows ${describe(other.cap)}`,
        file: other.document.source.name,
        range: other.document.rangeOf(["caps", other.index], "value"),
      },
    ],
  });
}

/** Why a cap is pointless because of another one, or null. Of two equal ones it is the later. */
function reasonAgainst(placed: PlacedCap, other: PlacedCap): string | null {
  const [a, b] = [placed.cap, other.cap];
  // What lets nothing through at all, or is no limit, is reported as that.
  if (
    b.max === 0 ||
    (a.per === "contact" && a.max > mostPerContact) ||
    !countsAllOf(placed, other) ||
    !lastsAsLong(a, b) ||
    b.max > a.max
  )
    return null;
  if (b.max < a.max) return `this cap is never reached: ${describe(b)} is all there can be`;
  const isFirst = other.document === placed.document && placed.index < other.index;
  const isSame = countsAllOf(other, placed) && lastsAsLong(b, a);
  if (isSame && isFirst) return null;
  if (actionOf(a) === actionOf(b)) return `this cap changes nothing: ${describe(b)} is all there can be`;
  return isSame && other.document === placed.document
    ? `two caps of the same messages contradict each other: ${actionOf(b)} and ${actionOf(a)}`
    : null;
}

/** Whether every message that the first cap counts together is counted together by the other, too. */
function countsAllOf(first: PlacedCap, other: PlacedCap): boolean {
  const [a, b] = [first.cap, other.cap];
  const classOfFirst = a.class ?? first.ruleClass ?? undefined;
  if (b.class !== undefined && b.class !== classOfFirst) return false;
  if (b.channel !== undefined && b.channel !== a.channel) return false;
  if (a.per === b.per) return true;
  switch (b.per) {
    case "workspace":
      return true;
    case "channel":
      // Over all channels there are more messages than on each of them.
      return a.channel !== undefined;
    case "rule":
      // All that a rule's own caps count is of this rule; the workspace counts each rule by itself.
      return first.ruleClass !== null;
    case "contact":
      return false;
  }
}

/** Whether every window of the first cap lies within one of the other. */
function lastsAsLong({ within: a }: Cap, { within: b }: Cap): boolean {
  if (typeof b === "string") return lengthOf(b) >= (typeof a === "string" ? lengthOf(a) : mostOf[a.calendar]);
  // A rolling window may lie across the beginning of a day, and count in two.
  if (typeof a === "string" || (a.zone ?? "contact") !== (b.zone ?? "contact")) return false;
  return a.calendar === b.calendar || a.calendar === "day";
}

const mostOf = { day: lengthOf("25h"), week: lengthOf("169h"), month: lengthOf("745h") } as const;

function actionOf({ on_exceed: action }: Cap): "drop" | "defer" {
  return action ?? "drop";
}

function describe({ max, per, channel, within }: Cap): string {
  const of = channel === undefined ? "" : ` on ${channel}`;
  return `${max} per ${per}${of} ${typeof within === "string" ? `within ${within}` : `per ${within.calendar}`}`;
}
