import type { Clock } from "../core/model/clock.ts";
import type { JetStreamCheckup } from "../store/jetstream-checkup.ts";
import { Unsupported } from "../store/store.ts";
import type { Examined, Finding } from "./doctor-finding.ts";
import { readStore } from "./read-store.ts";
import type { RunSettings } from "./run-settings.ts";

/** A server's clock that is further off makes messages early or late, and STOPs seem old. */
const MOST_SKEW_MS = 2_000;
const MIB = 1024 ** 2;
/** As much as one event may bring, and one document on top. */
const ENOUGH_ROOM = 512 * 1024;

/** Rejects with Unavailable or Unsupported when the server cannot be used. */
export async function examineJetStream(settings: RunSettings, clock: Clock): Promise<Examined> {
  const { store, namespace } = settings;
  if (store.kind !== "jetstream") return { findings: [], depth: {}, unattended: [] };
  const { lookIntoJetStream } = await import("../store/jetstream-checkup.ts");
  const { accessOf } = await import("../store/jetstream-opening.ts");
  const found = await lookIntoJetStream(accessOf(store), namespace, clock);
  const findings = [
    { mark: "good", about: "store", says: `${found.server}${found.clustered ? ", in a cluster" : ""}` } as const,
    ...found.forbidden.map((says) => ({ mark: "bad", about: "permissions", says }) as const),
    ...streamFindings(found, namespace),
    ...moveFindings(found),
    ...(await formatFindings(found, settings, clock)),
    ...durabilityOf(found),
    ...clockFindings(found),
    storageFinding(found),
    namespaceFinding(found, namespace),
  ];
  return { findings, depth: found.depth, unattended: found.unattended };
}

function moveFindings({ halfMoved }: JetStreamCheckup): readonly Finding[] {
  if (!halfMoved) return [];
  const says = "a move into this namespace has begun and has not ended: heed run does not start on it";
  return [{ mark: "bad", about: "move", says, help: "repeat heed migrate, which goes on where it was" }];
}

/** Only what is whole can be read; what is not, is told of beside it. */
async function formatFindings(
  { streams, forbidden, halfMoved }: JetStreamCheckup,
  settings: RunSettings,
  clock: Clock,
): Promise<readonly Finding[]> {
  if (halfMoved || forbidden.length > 0 || streams.some(({ there, differing }) => !there || differing.length > 0))
    return [];
  try {
    await (await readStore(settings, clock)).close();
    return [];
  } catch (fault) {
    if (!(fault instanceof Unsupported)) throw fault;
    return [{ mark: "bad", about: "store", says: fault.message }];
  }
}

function streamFindings({ streams, degraded }: JetStreamCheckup, namespace: string): readonly Finding[] {
  const about = "streams";
  const missing = streams.filter(({ there }) => !there);
  if (missing.length === streams.length) {
    return [
      { mark: "good", about, says: `none yet: nothing has run under the namespace ${namespace}; heed run makes them` },
    ];
  }
  const findings: Finding[] = [];
  if (missing.length > 0) {
    const says = `${missing.map(({ name }) => name).join(", ")} ${missing.length === 1 ? "is" : "are"} not there`;
    findings.push({ mark: "doubt", about, says, help: "the next heed run makes what is missing, empty" });
  }
  for (const { name, differing } of streams.filter((stream) => stream.differing.length > 0)) {
    findings.push({
      mark: "bad",
      about,
      says: `${name} is not as Heed needs it: ${differing.join("; ")}`,
      help: `change it with nats stream edit ${name}, or name another --namespace`,
    });
  }
  if (degraded.length > 0) {
    const says = `replicas of ${degraded.join(", ")} are away or behind`;
    findings.push({ mark: "doubt", about, says, help: "see which servers of the cluster are down" });
  }
  return findings.length > 0
    ? findings
    : [{ mark: "good", about, says: `all ${streams.length} are as Heed needs them` }];
}

function durabilityOf({ streams, flushesByItself, clustered, version }: JetStreamCheckup): readonly Finding[] {
  const about = "durability";
  const replicas = Math.max(1, ...streams.map((stream) => stream.replicas));
  const process = "an acknowledgement means that nats-server has it: it survives the end of Heed and of nats-server";
  if (replicas > 1) {
    const says = `${process}, and of any minority of the ${replicas} servers that keep it; only a loss of power of most of them at once can cost what was not flushed`;
    return [{ mark: "good", about, says, help: HOW_TO_SEE }];
  }
  if (flushesByItself) {
    const says = `${process}; a loss of power can cost the last two minutes, and nats-server ${version} cannot be told to flush sooner`;
    return [{ mark: "doubt", about, says, help: "use nats-server 2.10 or newer with sync_interval: always" }];
  }
  const says = `${process}; a loss of power can cost what was not flushed: two minutes unless sync_interval says otherwise, which only the server's own configuration tells`;
  const cluster = clustered ? "; or keep replicas: heed run --replicas 3 makes new streams so" : "";
  return [{ mark: "good", about, says, help: `${HOW_TO_SEE}${cluster}` }];
}

const HOW_TO_SEE = "look for jetstream { sync_interval: always } in the configuration of nats-server";

function clockFindings({ clock }: JetStreamCheckup): readonly Finding[] {
  if (clock === null) return [];
  const { aheadMs, withinMs } = clock;
  const off = Math.abs(aheadMs) - withinMs > MOST_SKEW_MS;
  const which = aheadMs > 0 ? "ahead of" : "behind";
  const says = off
    ? `the server's is ${(Math.abs(aheadMs) / 1_000).toFixed(1)} s ${which} this machine's`
    : `the server's and this machine's agree within ${Math.max(Math.abs(aheadMs), withinMs)} ms`;
  return [
    {
      mark: off ? "doubt" : "good",
      about: "clock",
      says,
      ...(off && { help: "let both follow the same time server" }),
    },
  ];
}

function storageFinding({ storage: { used, limit } }: JetStreamCheckup): Finding {
  const size = `${(used / MIB).toFixed(1)} MiB`;
  const about = "storage";
  if (limit === null) return { mark: "good", about, says: `${size} in use on the server; this account has no limit` };
  const says = `${size} of ${(limit / MIB).toFixed(1)} MiB that this account may use`;
  if (limit - used < ENOUGH_ROOM) {
    const help =
      "raise max_file of the account in the configuration of nats-server, which reads it at nats-server --signal reload";
    return { mark: "bad", about, says: `${says}: it is full, and hardly anything is taken in any more`, help };
  }
  const tight = used > 0.8 * limit;
  return {
    mark: tight ? "doubt" : "good",
    about,
    says,
    ...(tight && { help: "raise max_file of the account before it is full: then nothing is taken in any more" }),
  };
}

function namespaceFinding({ namespaces }: JetStreamCheckup, own: string): Finding {
  const others = namespaces.filter((name) => name !== own);
  const says =
    others.length === 0
      ? `${own}, and no other system on this server`
      : `${own}; also on this server: ${others.join(", ")}`;
  return { mark: "good", about: "namespace", says };
}
