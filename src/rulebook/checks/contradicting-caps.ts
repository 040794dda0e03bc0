import { type Check, problemAt } from "../check.ts";
import { mostPerContact } from "./cap-of-zero.ts";
import { alwaysDropped, countsNobody, countsNothing } from "../caps-and-sends.ts";
import type { ParsedRule, ParsedWorkspace } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";
import type { Cap } from "../rule-file.generated.ts";
import type { SourceDocument } from "../source-file.ts";
import { lengthOf } from "../step-times.ts";
import type { WorkspaceFile } from "../workspace-file.generated.ts";

/** A cap that never decides anything, because another one is always reached before or together with it. */
export const contradictingCaps = {
  id: "contradicting-caps",
  pages: {
    HEED333: {
      what: "A cap can never be reached, because another one allows less of the same or of more; or two caps of the same messages say what to do in different ways. Or it counts nothing that the rule sends, or allows less than the rule sends in one go.",
      why: "Somebody reads five a day, and it is three a week. Whoever changes the number later changes nothing. A message that a cap of the same rule always drops was written for nobody.",
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

type Channels = WorkspaceFile["channels"];

function run({ workspace, rules }: ParsedWorkspace): readonly Problem[] {
  const shared = workspace === null ? [] : placedCaps(workspace.document, workspace.file.caps, null);
  const channels = workspace?.file.channels ?? {};
  const ofNobody = shared.flatMap((placed) => idle(placed, countsNobody(placed.cap, channels)));
  return [
    ...ofNobody,
    ...pointless(without(shared, ofNobody), shared),
    ...rules.flatMap((rule) => inRule(rule, shared, channels)),
  ];
}

function inRule({ document, file }: ParsedRule, shared: readonly PlacedCap[], channels: Channels): readonly Problem[] {
  const own = placedCaps(document, file.caps, file.class);
  const counting = own.filter(({ cap }) => cap.max !== 0);
  const idles = counting.flatMap((placed) => idle(placed, countsNothing(placed.cap, file, channels)));
  const others = pointless(without(own, idles), [...own, ...shared]);
  const dropping = [...without(counting, [...idles, ...others]), ...shared].flatMap((placed) => {
    const path = alwaysDropped(placed.cap, file, channels);
    return path === null ? [] : [tooFew(document, path, placed)];
  });
  // One cap too few is one mistake, however many caps are.
  return [...idles, ...others, ...dropping.slice(0, 1)];
}

/** The caps of which nothing is said yet. */
function without(caps: readonly PlacedCap[], said: readonly Problem[]): readonly PlacedCap[] {
  const named = new Set(said.map(({ file, path }) => `${file} ${path.join("/")}`));
  return caps.filter(({ document, index }) => !named.has(`${document.source.name} caps/${index}`));
}

function idle({ document, index }: PlacedCap, why: string | null): readonly Problem[] {
  if (why === null) return [];
  return [
    problemAt(document, {
      code: "HEED333",
      severity: "warning",
      path: ["caps", index],
      message: `this cap never counts anything: ${why}`,
      help: "remove it, or write what it should count",
    }),
  ];
}

function tooFew(document: SourceDocument, path: Path, { cap, ...placed }: PlacedCap): Problem {
  return problemAt(document, {
    code: "HEED333",
    severity: "warning",
    path: [...path, "send"],
    part: "key",
    message: `a cap always drops this message: it allows ${describe(cap)}, and the messages before it have taken all places`,
    help: "raise the cap, write on_exceed: defer into it, or wait longer between the messages",
    related: [
      {
        message: "this cap",
        file: placed.document.source.name,
        range: placed.document.rangeOf(["caps", placed.index], "value"),
      },
    ],
  });
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
