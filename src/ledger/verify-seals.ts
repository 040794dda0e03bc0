import { isJsonObject } from "../core/model/parse-json.ts";
import type { Json } from "../core/model/json.ts";
import type { AuditLine, Store } from "../store/store.ts";
import { hasWords } from "./account-of.ts";
import {
  type ChainEnd,
  digestOf,
  type Leaf,
  leafOf,
  ownerMark,
  readSeal,
  readSealHead,
  type Seal,
  type SealHead,
  SEALS_KEY,
} from "./seals.ts";

export interface Verified {
  /** Lines that are as they were when they were sealed. */
  readonly sound: number;
  /** Whose contact was erased: their digests are left. */
  readonly erased: number;
  /** Older than what is kept. */
  readonly aged: number;
  /** So young that no seal knows them yet. */
  readonly open: number;
  readonly seals: number;
  readonly findings: readonly Finding[];
  readonly ends: SealHead["ends"];
}

export interface Finding {
  readonly kind: "changed" | "removed" | "inserted" | "broken chain" | "seals gone";
  /** For people, with the place where to look. */
  readonly text: string;
}

type Reading = Pick<Store, "audit" | "load" | "scan">;

const PAGE = 500;

/**
 * Reads the account from its beginning and holds it against its seals. `anchors` are ends of chains that somebody noted
 * elsewhere: without them, whoever can write to the store could have sealed anew what was changed. Rejects with `Unavailable`.
 */
export async function verifySeals(
  store: Reading,
  {
    now,
    anchors = {},
    step,
  }: { readonly now: number; readonly anchors?: SealHead["ends"]; readonly step: (lines: number) => void },
): Promise<Verified> {
  const head = readSealHead((await store.load(SEALS_KEY, "latest"))?.body ?? null);
  const agedBefore = Math.max(head.agedBefore, head.keepMs === null ? 0 : now - head.keepMs);
  const check = createCheck(agedBefore, anchors);
  for (let after: number | undefined; ;) {
    const page = await store.audit({ limit: PAGE, ...(after !== undefined && { after }) });
    // A page may be short although there are more lines: what was erased is left out.
    if (page.length === 0) break;
    for (const line of page) check.take(line);
    step(page.length);
    after = page.at(-1)?.place;
  }
  return check.end(head, await erasedOwners(store, check.missing.length > 0));
}

interface Missing {
  readonly leaf: Leaf;
  readonly seal: Seal;
}

function createCheck(agedBefore: number, anchors: SealHead["ends"]) {
  /** Lines that no seal has named yet, by partition and digest. */
  const unclaimed = new Map<string, AuditLine[]>();
  const last = new Map<string, ChainEnd>();
  const missing: Missing[] = [];
  const findings: Finding[] = [];
  let sound = 0;
  let seals = 0;

  const isThere = (leaf: Leaf): boolean => {
    const found = unclaimed.get(leaf[0]);
    if (found === undefined) return false;
    sound += 1;
    found.pop();
    if (found.length === 0) unclaimed.delete(leaf[0]);
    return true;
  };
  const claim = (seal: Seal): void => {
    for (const leaf of seal.leaves) if (!isThere(leaf)) missing.push({ leaf, seal });
  };
  const follow = (line: AuditLine): void => {
    const seal = readSeal(line.body);
    const where = `seal at place ${line.place}`;
    if (seal === null || digestOf(seal) !== seal.digest) {
      findings.push({ kind: "broken chain", text: `the ${where} is not as it was made` });
      return;
    }
    const before = last.get(seal.partition);
    // A store may bring a line twice.
    if (before?.digest === seal.digest) return;
    const named = nameOf(seal);
    const aged = seal.previousAt < agedBefore;
    if (before === undefined ? seal.number > 1 && !aged : seal.previous !== before.digest) {
      const gap = before === undefined ? "those before it are gone" : `it does not follow ${before.number}`;
      findings.push({ kind: "broken chain", text: `${named}: ${gap}` });
    }
    const anchor = anchors[seal.partition];
    if (anchor?.number === seal.number && anchor.digest !== seal.digest) {
      findings.push({ kind: "broken chain", text: `${named} is another one than was noted` });
    }
    seals += 1;
    last.set(seal.partition, { number: seal.number, digest: seal.digest, at: seal.at });
    claim(seal);
  };
  return {
    missing,
    take(line: AuditLine): void {
      if (line.key === SEALS_KEY) return follow(line);
      const [digest] = leafOf(line);
      unclaimed.set(digest, [...(unclaimed.get(digest) ?? []), line]);
    },
    end(head: SealHead, erasedOwnersKnown: ReadonlySet<string>): Verified {
      // A store that was moved has its lines in another order, seals before what they seal.
      const gone = missing.filter(({ leaf }) => !isThere(leaf));
      const left = [...unclaimed.values()].flat();
      const judged = judgeMissing(gone, left, { erasedOwners: erasedOwnersKnown, agedBefore });
      const strangers = left.filter((line) => !judged.claimed.has(line));
      const inserted = strangers.filter(({ place, at }) => place <= head.place && at >= agedBefore);
      const ends = endsGone(head.ends, last, agedBefore);
      const noted = notedGone(anchors, last);
      const told = [...findings, ...judged.findings, ...inserted.map(insertedLine), ...ends, ...noted];
      const open = strangers.filter(({ place }) => place > head.place).length;
      return { sound, erased: judged.erased, aged: judged.aged, open, seals, findings: told, ends: head.ends };
    },
  };
}

function judgeMissing(
  missing: readonly Missing[],
  left: readonly AuditLine[],
  { erasedOwners: owners, agedBefore }: { readonly erasedOwners: ReadonlySet<string>; readonly agedBefore: number },
) {
  const byOwnerAndTime = new Map<string, AuditLine[]>();
  for (const line of left) {
    const name = `${ownerMark(line.key)} ${line.at}`;
    byOwnerAndTime.set(name, [...(byOwnerAndTime.get(name) ?? []), line]);
  }
  const claimed = new Set<AuditLine>();
  const findings: Finding[] = [];
  let erased = 0;
  let aged = 0;
  for (const { leaf, seal } of missing) {
    const [, owner, at] = leaf;
    const other = byOwnerAndTime.get(`${owner} ${at}`)?.pop();
    if (other !== undefined) {
      claimed.add(other);
      findings.push({ kind: "changed", text: `the line ${other.id} of ${moment(at)} is not as it was sealed` });
    } else if (owners.has(owner)) erased += 1;
    else if (at < agedBefore) aged += 1;
    else
      findings.push({ kind: "removed", text: `a line of ${moment(at)} is gone, of owner ${owner} (${nameOf(seal)})` });
  }
  return { claimed, findings, erased, aged };
}

function insertedLine({ id, at, place }: AuditLine): Finding {
  return { kind: "inserted", text: `the line ${id} of ${moment(at)} at place ${place} is in no seal` };
}

/** What the chains should end with and do not. */
function endsGone(ends: SealHead["ends"], last: ReadonlyMap<string, ChainEnd>, agedBefore: number): readonly Finding[] {
  return Object.entries(ends).flatMap(([partition, end]): readonly Finding[] => {
    const found = last.get(partition);
    if (found?.digest === end.digest || (found === undefined && end.at < agedBefore)) return [];
    const until = found === undefined ? "none is left" : `they end with ${found.number}`;
    return [{ kind: "seals gone", text: `partition ${partition} was sealed up to ${end.number}, and ${until}` }];
  });
}

/** A chain that ends before what was noted of it. */
function notedGone(anchors: SealHead["ends"], last: ReadonlyMap<string, ChainEnd>): readonly Finding[] {
  return Object.entries(anchors).flatMap(([partition, { number }]): readonly Finding[] => {
    if ((last.get(partition)?.number ?? 0) >= number) return [];
    return [{ kind: "seals gone", text: `partition ${partition} had reached seal ${number} when that was noted` }];
  });
}

/** Whose contacts were erased: only looked for where lines are missing. */
async function erasedOwners(store: Reading, isAsked: boolean): Promise<ReadonlySet<string>> {
  const owners = new Set<string>();
  if (!isAsked) return owners;
  for await (const page of everyDocument(store)) {
    for (const { key, body } of page) {
      if (!hasWords(body, ['"erased":{'])) continue;
      const document = JSON.parse(new TextDecoder().decode(body)) as Json;
      if (isJsonObject(document) && isJsonObject(document["erased"])) owners.add(ownerMark(key));
    }
  }
  return owners;
}

function nameOf({ number, partition, at }: Seal): string {
  return `seal ${number} of partition ${partition}, made ${moment(at)}`;
}

function moment(atMs: number): string {
  return new Date(atMs).toISOString();
}
import { everyDocument } from "./every-document.ts";
