import type { AddressView, ContactsPort, ContactView, LineView } from "../console/contacts-port.ts";
import { ADDRESS_KINDS } from "../core/linking.ts";
import type { Clock } from "../core/model/clock.ts";
import { type Contact, own } from "../core/model/contact.ts";
import { addressKey } from "../core/model/identity.ts";
import type { Json } from "../core/model/json.ts";
import { parseWorkspace } from "../rulebook/parse-workspace.ts";
import type { CompiledWorkspace } from "../rulebook/compile-workspace.ts";
import { createSourceFile } from "../rulebook/source-file.ts";
import { decodeContact } from "../runtime/contact-codec.ts";
import { readHistorySince } from "../runtime/history-since.ts";
import { answersOf } from "../simulate/explain/answer.ts";
import { sources } from "../simulate/explain/describe-gate.ts";
import { tellLine } from "../simulate/explain/describe-line.ts";
import type { PresentRules } from "../simulate/explain/story-of-account.ts";
import { everything, type Story } from "../simulate/explain/story.ts";
import type { Store } from "../store/store.ts";
import { cancelPort } from "./contact-cancel.ts";
import { storyUnder } from "./explain-store.ts";
import { findContacts, nameOf } from "./find-contacts.ts";

export interface ContactsParts {
  readonly store: Store;
  readonly clock: Clock;
  /** That which runs. */
  readonly workspace: () => CompiledWorkspace;
  /** What messages said that are kept on this machine, by intent. */
  readonly kept: () => Promise<ReadonlyMap<string, Readonly<Record<string, string>>>>;
}

/** The contacts of a live store, in the words of `heed explain`. */
export function contactsPort({ store, clock, workspace, kept }: ContactsParts): ContactsPort {
  const rules = parsedOnce();
  return {
    ...cancelPort(store, clock),
    find: (text) => findContacts({ store, country: workspace().country }, text),
    async tell(key) {
      const present = await presentRules(store, workspace(), rules, clock.now());
      const told = await storyUnder({ store, present }, key);
      if (told === null) return null;
      const { contact, story } = told;
      const addresses = await Promise.all(ADDRESS_KINDS.map((kind) => addressOf(store, contact, kind)));
      const texts = story.lines.some(({ record }) => record.intent !== undefined) ? await kept() : NOTHING_KEPT;
      return viewOf(contact, story, { addresses: addresses.flat(), texts });
    },
  };
}

const NOTHING_KEPT: ReadonlyMap<string, Readonly<Record<string, string>>> = new Map();

type RulesOf = (workspace: CompiledWorkspace) => PresentRules["rules"];

/** The rules as they were written, of what runs: files may have changed since. Parsed once for each deployment. */
function parsedOnce(): RulesOf {
  const known = new WeakMap<CompiledWorkspace, PresentRules["rules"]>();
  return (workspace) => {
    const before = known.get(workspace);
    if (before !== undefined) return before;
    const texts = new Map(
      [...workspace.sources.values()].flatMap(({ files }) => files.map((file) => [file.name, file])),
    );
    const files = [...texts.values()].map(({ name, text }) => createSourceFile(name, text));
    const { rules } = parseWorkspace({ files, problems: [] }).parsed;
    known.set(workspace, rules);
    return rules;
  };
}

/** A condition that is new knows nothing of what happened before it was deployed. */
async function presentRules(
  store: Store,
  compiled: CompiledWorkspace,
  rules: RulesOf,
  now: number,
): Promise<PresentRules> {
  const { rulebook } = compiled;
  const historySince = await readHistorySince(store, rulebook, now);
  return {
    rulebook: { ...rulebook, workspace: { ...rulebook.workspace, historySince } },
    rules: rules(compiled),
  };
}

async function addressOf(
  store: Pick<Store, "load">,
  contact: Contact,
  kind: (typeof ADDRESS_KINDS)[number],
): Promise<readonly AddressView[]> {
  const known = contact.addresses[kind];
  if (known === undefined) return [];
  const key = addressKey(kind, known.address);
  const doc = await store.load(key, "latest");
  const owners = doc === null ? [] : decodeContact(doc).pointsTo;
  const invalid = own(contact.invalid, key) !== undefined;
  return [{ kind, address: known.address, invalid, sharedWith: owners.filter((owner) => owner !== contact.key) }];
}

function viewOf(
  contact: Contact,
  story: Story,
  more: { readonly addresses: readonly AddressView[]; readonly texts: typeof NOTHING_KEPT },
): ContactView {
  const { zones, missed, standing } = story;
  const erased = contact.erased?.anew === false ? contact.erased.at : null;
  const waits = new Map(standing.map(({ enrollment, text }) => [enrollment, text]));
  const said = new Map(contact.conversation.map(({ id, text }) => [id, { text }]));
  const lines = story.lines.map(({ key, record }): LineView => {
    const isNews = record.kind === "event" && record.reason !== "event.duplicate";
    const spoke = record.kind === "message" && record.reason === "sent" ? (record.intent ?? "") : "";
    return {
      at: record.at,
      ...tellLine(record, zones.zone),
      document: key === contact.key ? null : key,
      missed: isNews
        ? missed
            .filter(({ event }) => event === record.event)
            .map(({ rule, what, because }) => `${rule} does not ${what}: ${because}`)
        : [],
      said: more.texts.get(spoke) ?? said.get(spoke) ?? null,
    };
  });
  return {
    key: contact.key,
    name: nameOf(contact),
    erased,
    zone: { name: zones.zone, source: sources[zones.source] ?? "" },
    addresses: more.addresses,
    linked: contact.linked.filter((key) => !/^(?:email|phone):/.test(key)),
    attributes: Object.entries(contact.attributes).map(([name, value]) => {
      return { name, value: inWords(value), at: own(contact.attributeTimes, name) ?? null };
    }),
    tags: contact.tags,
    consent: Object.entries(contact.consent).map(([channel, { state, at, source, wording, event }]) => {
      return { channel, state, at, source, wording, event };
    }),
    suppressions: Object.entries(contact.suppressions).map(([about, { state, cause, at }]) => {
      return { about, state: state === "lifted" ? "lifted" : `silent: ${cause.replace("_", " ")}`, at };
    }),
    taken: contact.taken.toReversed().map(({ rule, channel, at }) => ({ rule, channel, at })),
    runs: Object.values(contact.enrollments).map(({ id, rule, triggeredAt }) => {
      return { run: id, rule, since: triggeredAt, text: waits.get(id) ?? "" };
    }),
    lines,
    answers: lines.length === 0 ? [] : answersOf(story, everything),
    notes: [...story.notes, ...(story.unheard === null ? [] : [story.unheard])],
    conversation: contact.conversation,
  };
}

function inWords(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
