import { addressOfKey } from "../../src/core/model/identity.ts";
import type { JsonObject } from "../../src/core/model/json.ts";
import { decodeContact } from "../../src/runtime/contact-codec.ts";
import type { Letter } from "../../src/runtime/read-letter.ts";
import type { Store } from "../../src/store/store.ts";
import type { Cast } from "./cast.ts";
import type { Chance } from "./chance.ts";
import { type Post, said, STOP_TEXTS } from "./events.ts";
import type { RunningProcess } from "./running-process.ts";
import type { Deed, Sighting } from "./sightings.ts";
import type { World } from "./world.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** More visits than this only make a seed long. */
const MOST_VISITS = 8;

/** Somebody who looks after dead letters: is told of each message that was given up, and comes sooner or later. */
export interface Operator {
  hear(sighting: Sighting): void;
}

type GivenUp = Extract<Sighting, { kind: "given up" }>;

/** One visit: what is done, and about which letters, when it is about that one or all there are. */
interface Visit {
  readonly deeds: readonly Deed[];
  readonly all: boolean;
  /** The same again, once it was answered. */
  readonly again: boolean;
}

export function createOperator(
  world: World,
  cast: Pick<Cast, "insist" | "pause">,
  server: Store,
  tell: (post: Post) => void,
): Operator {
  const { scheduler } = world;
  let visits = 0;

  const order = async ({ letters }: RunningProcess, letter: Letter, deed: Deed): Promise<void> => {
    const askedAtStep = scheduler.steps();
    const by = "operator";
    const answer =
      deed.kind === "replay"
        ? await letters.replay(letter.place, { mayDouble: deed.mayDouble, by })
        : {
            kind: (await letters.discard(letter.place, { note: "looked at", by }))
              ? ("discarded" as const)
              : ("gone" as const),
          };
    world.reach(`letter ${answer.kind}`);
    world.trace.add(`${scheduler.now()} letter ${letter.place}, ${deed.kind}: ${answer.kind}`);
    const why = "why" in answer ? answer.why : "";
    world.see({ kind: "ordered", letter, deed, answer: answer.kind, why, askedAtStep });
  };

  const attend = ({ message }: GivenUp, { deeds, all, again }: Visit): void => {
    for (const deed of deeds) {
      cast.insist(async (one) => {
        const { letters } = await one.letters.list({ limit: 100 });
        for (const letter of letters) {
          if (!all && !(letter.kind === "message" && letter.message.intent === message.intent)) continue;
          await order(one, letter, deed);
          if (again) await order(one, letter, deed);
        }
      });
    }
  };

  return {
    hear(sighting) {
      if (sighting.kind !== "given up") return;
      world.reach("letter");
      if (!world.plan.letters) return;
      const { intent, attempt } = sighting.message;
      const luck = world.luck(`letter of ${intent} ${attempt}`);
      for (let left = luck.between(1, 2); left > 0 && visits < MOST_VISITS; left--) {
        visits += 1;
        const name = `visit-${visits}`;
        const comes = luck.pick([0, SECOND, 20 * SECOND, 5 * MINUTE, HOUR, 26 * HOUR]) + luck.between(0, 2 * SECOND);
        const at = scheduler.now() + comes;
        const visit = drawVisit(luck);
        scheduler.at(at, () => attend(sighting, visit));
        const meanwhile = luck.pick(MEANWHILE);
        const late = luck.pick([-2 * SECOND, -20, 0, 20, 2 * SECOND, 40 * SECOND]);
        if (meanwhile === "pause") {
          const target = luck.pick([
            `rule:${sighting.message.enrollment?.rule ?? "order"}`,
            "channel:sms",
            "channel:email",
            "all",
          ] as const);
          scheduler.at(at + late, () => cast.pause(target, luck.between(1, 30) * MINUTE));
        } else if (meanwhile !== null) {
          scheduler.at(at + late, () => {
            void addressed(server, sighting.key).then((whom) => {
              const event = whom === null ? null : meanwhile(whom, luck);
              if (event !== null) tell(said(scheduler.now(), { event_id: `${name}.${intent.slice(0, 8)}`, ...event }));
            });
          });
        }
      }
    },
  };
}

function drawVisit(luck: Chance): Visit {
  const replay: Deed = { kind: "replay", mayDouble: luck.happens(0.6) };
  const other: Deed = { kind: "replay", mayDouble: luck.happens(0.6) };
  const deeds = luck.pick<readonly Deed[]>([
    [replay],
    [replay],
    [replay, other],
    [replay, { kind: "discard" }],
    [{ kind: "discard" }],
  ]);
  return { deeds, all: luck.happens(0.3), again: luck.happens(0.2) };
}

/** The contact whose message it was, in the words in which others speak of it. */
interface Whom {
  readonly identity: JsonObject;
  readonly id: string | null;
  readonly phone: string | null;
}

async function addressed(server: Store, key: string): Promise<Whom | null> {
  const doc = await server.load(key, "latest");
  if (doc === null) return null;
  const own = addressOfKey(key);
  const id = key.startsWith("id:") ? key.slice("id:".length) : null;
  const phone = own?.kind === "phone" ? own.address : (decodeContact(doc).addresses["phone"]?.address ?? null);
  const identity = id !== null ? { contact_id: id } : own === null ? null : { address: { [own.kind]: own.address } };
  return identity === null ? null : { identity, id, phone };
}

type Meanwhile = (whom: Whom, luck: Chance) => JsonObject | null;

const stop: Meanwhile = ({ phone }, luck) =>
  phone === null ? null : { event_type: "sms.received", address: { phone }, data: { text: luck.pick(STOP_TEXTS) } };
const objection: Meanwhile = ({ identity }, luck) => {
  const data = { channel: luck.pick(["sms", "email"]), source: "form", wording: "Do not write to me." };
  return { event_type: "consent.denied", ...identity, data };
};
const erasure: Meanwhile = ({ id }) => (id === null ? null : { event_type: "contact.erased", contact_id: id });
const merger: Meanwhile = ({ id }, luck) => {
  if (id === null) return null;
  const [stays, goes] = luck.happens(0.7) ? [`${id}m`, id] : [id, `${id}m`];
  return { event_type: "contact.merged", contact_id: stays, data: { from: goes } };
};
/** Ends some runs, and lets others speak: caps are full then. */
const order: Meanwhile = ({ identity }) => ({
  event_type: "Order Completed",
  ...identity,
  data: { order_id: "again" },
});
const failure: Meanwhile = ({ identity }) => ({ event_type: "Payment Failed", ...identity, data: { amount: 1 } });

/** What happens to the contact at that moment. */
const MEANWHILE: readonly (Meanwhile | "pause" | null)[] = [
  null,
  null,
  stop,
  objection,
  erasure,
  merger,
  order,
  failure,
  "pause",
];
