import { takesBackOrEnds } from "../../core/model/admission.ts";
import { parsePath } from "../../core/model/path.ts";
import { readEventType } from "../event-parts.ts";
import type { Settings } from "../settings.ts";

/** Where something is found: in one event, in the whole body, or among the headers. */
export interface SourcePath {
  readonly root: "element" | "body" | "headers";
  readonly segments: readonly string[];
  /** As it is written, for the reasons why something could not be read. */
  readonly written: string;
}

/** How what a source posts becomes events: `events` of a source in heed.yaml. */
export interface Mapping {
  /** Null when the body is one event, or a list of them. */
  readonly each: SourcePath | null;
  /** What each of them is, or where the source's own word for it is, with what its words mean; null when they are event types. */
  readonly type:
    | { readonly event: string }
    | { readonly at: SourcePath; readonly names: ReadonlyMap<string, string> | null };
  readonly id: SourcePath | null;
  readonly occurredAt: SourcePath | null;
  readonly contactId: SourcePath | null;
  readonly email: SourcePath | null;
  readonly phone: SourcePath | null;
  readonly anonymousId: SourcePath | null;
  /** By the names that rules read; null for all that was posted. */
  readonly data: ReadonlyMap<string, SourcePath> | null;
}

const nowhere: SourcePath = { root: "element", segments: [], written: "" };

const noMapping: Mapping = {
  each: null,
  type: { event: "" },
  id: null,
  occurredAt: null,
  contactId: null,
  email: null,
  phone: null,
  anonymousId: null,
  data: null,
};

export function readMapping(source: Settings): Mapping {
  const settings = source.section("events");
  if (settings === null) source.report("events", "is required: how what is posted becomes events");
  return settings === null ? noMapping : readEvents(settings);
}

function readEvents(settings: Settings): Mapping {
  const path = (key: string): SourcePath | null => {
    const text = settings.string(key);
    return text === null ? null : at(settings, key, text);
  };
  const mapping: Mapping = {
    each: path("each"),
    type: readType(settings, path("type")),
    id: path("id"),
    occurredAt: path("occurred_at"),
    contactId: path("contact_id"),
    email: path("email"),
    phone: path("phone"),
    anonymousId: path("anonymous_id"),
    data: readData(settings),
  };
  const isConsent = [...wordsMeant(mapping)].includes("consent.granted");
  const unsaid = ["channel", "source", "wording"].filter((name) => mapping.data?.has(name) === false);
  if (isConsent && unsaid.length > 0)
    settings.report("data", `consent.granted needs its proof: where ${unsaid.join(", ")} of the consent is posted`);
  const { contactId, email, phone, anonymousId } = mapping;
  if ([contactId, email, phone, anonymousId].every((one) => one === null)) {
    settings.report("contact_id", "is required, or `email`, `phone` or `anonymous_id`: whom the event concerns");
  }
  return mapping;
}

function wordsMeant({ type }: Mapping): Iterable<string> {
  return "event" in type ? [type.event] : (type.names?.values() ?? []);
}

function readType(settings: Settings, at: SourcePath | null): Mapping["type"] {
  const event = settings.string("event");
  const names = settings.texts("names");
  if ((event === null) === (at === null)) {
    settings.report(
      "event",
      "write either `event`, what each of them is, or `type`, where the source's word for it is",
    );
  }
  if (event !== null && names.size > 0)
    settings.report("names", "belongs to `type`: `event` says already what they are");
  const key = event === null ? "names" : "event";
  for (const given of [...names.values(), ...(event === null ? [] : [event])]) {
    if (readEventType(given) !== given) settings.report(key, "expected the name of an event");
    if (takesBackOrEnds(given)) {
      const why =
        "lifts a silence, joins contacts or erases them, which only a vendor's report or the API token may do";
      settings.report(key, `${given} ${why}`);
    }
  }
  return event === null ? { at: at ?? nowhere, names: names.size === 0 ? null : names } : { event };
}

function readData(settings: Settings): Mapping["data"] {
  const texts = settings.texts("data");
  if (texts.size === 0 && !settings.has("data")) return null;
  return new Map([...texts].map(([name, text]) => [name, at(settings, "data", text)]));
}

/** `customer.email` in the event, `$body.shop.id` in the whole body, `$headers.x-topic` among the headers. */
function at(settings: Settings, key: string, written: string): SourcePath {
  const [, root, rest = ""] = /^(?:\$(body|headers)\.)?(.*)$/s.exec(written) ?? [];
  const segments = parsePath(rest);
  if (segments === null) {
    settings.report(key, "expected a path such as customer.email, $body.shop.id or $headers.x-topic");
    return nowhere;
  }
  if (root === "headers") return { root, segments: segments.map((segment) => segment.toLowerCase()), written };
  return { root: root === "body" ? "body" : "element", segments, written };
}
