import { isList } from "../../core/model/path.ts";
import type { Json, JsonObject } from "../../core/model/json.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import type { SeenTest } from "../../core/model/trail.ts";
import { clockTime } from "../clock-text.ts";
import { describeTest } from "../describe-test.ts";
import { quoted } from "../matcher.ts";
import { textOf } from "./text-of.ts";

/** How a gate's line is read: on whose clock, and at which moment. */
export interface Reading {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly zone: string;
  /** When the message may speak, if it was put off. */
  readonly until: number | null;
}

/** What a gate saw, in words. Each gate writes what its own file says; a line of an older version may say less. */
export function describeGate(line: JsonObject, reading: Reading): string {
  const describe = gates[textOf(line["gate"])];
  const lookup = line["lookup"];
  if (typeof lookup === "string") return `the look-up ${lookup} gave no answer that can be used`;
  if (isJsonObject(line["unseen"])) return unseenText(line["unseen"], reading.zone);
  return describe === undefined ? "" : describe(line, reading);
}

/** A condition asked for more of the past than is known. */
export function unseenText({ events, since }: JsonObject, zone: string): string {
  const asked = (isList(events) ? events : []).map(textOf).join(" or ");
  return `whether ${asked} happened before ${when(since, zone)}, nobody could have seen`;
}

/** `the channel sms was paused on Fri 6 Mar 13:00 ("wrong link"), until somebody resumes it`. */
export function pauseText({ target, since, ends, note }: JsonObject, zone: string): string {
  const [kind = "", name = ""] = textOf(target).split(":");
  const what =
    kind === "" ? "everything, the rule or the channel" : kind === "all" ? "everything" : `the ${kind} ${name}`;
  const why = textOf(note) === "" ? "" : ` (${quoted(note)})`;
  const end = typeof ends === "number" ? `until ${when(ends, zone)}` : "until somebody resumes it";
  return `${what} was paused on ${when(since, zone)}${why}, ${end}`;
}

/** `complaint-care asked this one to wait`. */
export function heldText({ by, by_rule: rule }: JsonObject): string {
  return `${textOf(rule) || `the enrollment ${textOf(by)}`} asked this one to wait`;
}

/** The same line with no more than what its verdict rests on: of several caps and budgets, those that were full. */
export function decisivePart(line: JsonObject): JsonObject {
  const full = objects(line["caps"]).filter((cap) => cap["free_at"] !== undefined);
  const { refused } = line;
  const limit = typeof refused === "number" ? objects(line["limits"])[refused] : undefined;
  return {
    ...line,
    ...(full.length > 0 && { caps: full }),
    ...(limit !== undefined && { limits: [limit], refused: 0 }),
  };
}

const gates: Readonly<Record<string, (line: JsonObject, reading: Reading) => string>> = {
  paused: (line, { zone }) => pauseText(line, zone),
  "rule disabled": () => "the rule is switched off or was removed",
  expired: (line, { zone }) => `it was to be sent before ${when(line["since"], zone)}`,
  held: heldText,
  guard: conditionText,
  when: conditionText,
  holdout: (line) =>
    `${percent(line["share"])} of the contacts are in the holdout; this one is ${line["arm"] === "holdout" ? "" : "not "}in it`,
  consent: (line, { zone }) => {
    const needs = line["needs"] === "opt_in" ? "marketing needs recorded consent" : "marketing needs no objection";
    const since = typeof line["since"] === "number" ? ` since ${when(line["since"], zone)}` : "";
    const source = typeof line["source"] === "string" ? `, by ${line["source"]}` : "";
    return `consent for ${textOf(line["kind"])} is ${textOf(line["state"])}${since}${source}; ${needs}`;
  },
  suppression: (line, { zone }) => {
    const cause = textOf(line["cause"]);
    const why = cause === "" ? "by word of the address's own document" : cause.replaceAll("_", " ");
    const but = line["verdict"] === undefined ? ", which this message confirms" : "";
    return `${textOf(line["address"])}: ${why}${typeof line["since"] === "number" ? ` on ${when(line["since"], zone)}` : ""}${but}`;
  },
  address: (line, { zone }) => {
    if (typeof line["to"] !== "string")
      return `no ${line["kind"] === "push" ? "device" : textOf(line["kind"])} is known`;
    if (line["dead_since"] !== undefined)
      return `${line["to"]}: a provider called it dead on ${when(line["dead_since"], zone)}`;
    return line["verdict"] === undefined ? `to ${line["to"]}` : `${line["to"]} cannot be right`;
  },
  window: (line, reading) => hoursText(line, reading, "open"),
  "quiet hours": (line, reading) => hoursText(line, reading, "quiet"),
  render: (line) => `${textOf(line["field"])}${typeof line["why"] === "string" ? `: ${line["why"]}` : ""}`,
  segments: (line) =>
    `${textOf(line["segments"])} of at most ${textOf(line["most"])} segments (${textOf(line["encoding"])}, ${textOf(line["length"])} characters)`,
  caps: (line, { zone }) =>
    objects(line["caps"])
      .map((cap) => capText(cap, zone))
      .join("; "),
  shadow: () => "everything was decided, and nothing is sent",
  "shared limits": (line, { zone }) => {
    const refused = { freeAt: when(line["free_at"], zone), left: line["left"] };
    return objects(line["limits"])
      .map((limit, index) => limitText(limit, index === line["refused"] ? refused : null))
      .join("; ");
  },
};

/** The tests that are in a line of the account. */
export function testsIn(value: Json | undefined): readonly SeenTest[] {
  return objects(value).filter(isSeenTest);
}

function isSeenTest(value: JsonObject): value is JsonObject & SeenTest {
  return typeof value["path"] === "string" && typeof value["operator"] === "string" && "operand" in value;
}

function conditionText(line: JsonObject, { zone }: Reading): string {
  return testsIn(line["tests"])
    .map((test) => describeTest(test, zone))
    .join(", ");
}

/** Hours as the author wrote them, where clocks were read, how we know, and what the clock said. */
function hoursText(line: JsonObject, { at, until, zone }: Reading, says: "open" | "quiet"): string {
  const hours = isJsonObject(line["open"]) ? line["open"] : {};
  const zones = isList(line["zones"]) ? line["zones"].map(textOf) : [];
  const [first = zone] = zones;
  const days = isList(hours["days"]) ? `${hours["days"].map(textOf).join(" ")} ` : "";
  // What the account keeps is when it is open; quiet it is for the rest of the day.
  const [from, to] = says === "open" ? ["from", "to"] : ["to", "from"];
  const span = `${says} ${days}${minuteText(hours[from])}–${minuteText(hours[to])}`;
  const where = zones.length === 1 ? first : `${zones.join(", ")} (all that the number may be in)`;
  const source = sources[textOf(line["zone_source"])] ?? "";
  const never = line["never_opens"] === true ? "; it never opens, so that the message expires" : "";
  const again = until === null || never !== "" ? never : `; free from ${clockTime(until, zone)}`;
  return `${clockTime(at, first)} in ${where}, ${source}; ${span}${again}`;
}

/** Where a zone comes from. */
export const sources: Readonly<Record<string, string>> = {
  contact: "the contact's own time_zone",
  phone: "from the phone number",
  workspace: "the workspace's, as nothing tells the contact's",
  rule: "named by the rule",
  unknown: "nothing tells the contact's, and the workspace's cannot be read",
};

function capText(cap: JsonObject, zone: string): string {
  const free = cap["free_at"];
  const over = typeof free === "number" ? `, a place comes free on ${when(free, zone)}` : "";
  return `${textOf(cap["taken"])} of ${textOf(cap["max"])} taken ${boundsText(cap)}${over}`;
}

interface Refused {
  readonly freeAt: string;
  readonly left: Json | undefined;
}

/** How much the others have taken is not known at once, so only a limit that refused tells what was left of it. */
function limitText(limit: JsonObject, refused: Refused | null): string {
  const money = (micros: Json | undefined): string =>
    typeof micros === "number" ? `${micros / 1_000_000} ${textOf(limit["currency"])}` : "?";
  const isMoney = limit["kind"] === "budget";
  const of = isMoney ? money : textOf;
  const { left = 0, freeAt = "" } = refused ?? {};
  const rest = left === 0 ? "nothing" : `${isMoney ? "only " : ""}${of(left)}`;
  const over = refused === null ? "" : `: ${rest} left until ${freeAt}`;
  switch (limit["kind"]) {
    case "first_day":
      return `at most ${textOf(limit["limit"])} on the rule's first day${over}`;
    case "budget":
      return `costs ${money(limit["amount"])} of the budget of ${money(limit["limit"])} for ${textOf(limit["channel"])} ${spanText(limit["per"], limit["zone"])}${over}`;
    default:
      return `at most ${textOf(limit["limit"])} ${boundsText(limit)}${over}`;
  }
}

/** `within 7d`, or `per calendar day in Europe/Berlin`. */
function spanText(within: Json | undefined, zone: Json | undefined): string {
  const span = textOf(within);
  const where = textOf(zone) === "" ? "" : ` in ${textOf(zone)}`;
  return /^\d/.test(span) ? `within ${span}` : `per calendar ${span}${where}`;
}

/** `per contact, for marketing, through sms, within 7d (heed.yaml's cap)`. */
function boundsText(cap: JsonObject): string {
  const parts = [
    `per ${textOf(cap["per"])}`,
    typeof cap["class"] === "string" ? `for ${cap["class"]}` : "",
    typeof cap["channel"] === "string" ? `through ${cap["channel"]}` : "",
    spanText(cap["within"], cap["zone"]),
  ].filter((part) => part !== "");
  return `${parts.join(", ")} (${cap["of"] === "rule" ? "the rule's" : "heed.yaml's"} cap)`;
}

function minuteText(minute: Json | undefined): string {
  if (typeof minute !== "number") return "?";
  const two = (part: number): string => String(part).padStart(2, "0");
  return `${two(Math.floor(minute / 60) % 24)}:${two(minute % 60)}`;
}

function percent(share: Json | undefined): string {
  return typeof share === "number" ? `${Math.round(share * 1_000) / 10} %` : "a share";
}

export function when(at: Json | undefined, zone: string): string {
  return typeof at === "number" ? clockTime(at, zone) : "?";
}

export function objects(value: Json | undefined): readonly JsonObject[] {
  return isList(value) ? value.filter(isJsonObject) : [];
}
