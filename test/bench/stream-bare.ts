import { createInbox, connect, headers as createHeaders } from "nats";
import type { Msg } from "nats";

/**
 * As fast as one process can be by this protocol, with nothing to decide: consume ahead, write the contact's document by
 * compare-and-set, publish one line under an id, acknowledge. Everything is pipelined, and one contact's events wait for
 * each other, as they must.
 */
export interface BareOrder {
  readonly url: string;
  readonly events: number;
  readonly contacts: number;
  readonly documentBytes: number;
  readonly lineBytes: number;
}

export interface BareResult {
  readonly perSecond: number;
  readonly cpuMicros: number;
}

const AHEAD = 1_000;

process.on("message", (order: BareOrder) => {
  void run(order).then((result) => process.send?.(result));
});

async function run(order: BareOrder): Promise<BareResult> {
  const nc = await connect({ servers: order.url });
  const jsm = await nc.jetstreamManager();
  await jsm.streams.add({ name: "BARE_EVENTS", subjects: ["bare.ev.*"] });
  await jsm.streams.add({ name: "BARE_LINES", subjects: ["bare.line.*"] });
  await jsm.streams.add({ name: "BARE_DOCS", subjects: ["bare.doc.*"], max_msgs_per_subject: 1 });
  const config = { durable_name: "all", ack_policy: "explicit", max_ack_pending: 10_000, deliver_policy: "all" };
  await nc.request(
    "$JS.API.CONSUMER.DURABLE.CREATE.BARE_EVENTS.all",
    JSON.stringify({ stream_name: "BARE_EVENTS", config }),
  );

  const inbox = createInbox();
  const answers = new Map<number, (sequence: number) => void>();
  let asked = 0;
  nc.subscribe(`${inbox}.*`, {
    callback(_error, message) {
      const number = Number(message.subject.slice(inbox.length + 1));
      const answer: { readonly seq?: number } = JSON.parse(Buffer.from(message.data).toString("utf8"));
      answers.get(number)?.(answer.seq ?? 0);
      answers.delete(number);
    },
  });
  const publish = (
    subject: string,
    body: Uint8Array,
    fields: readonly (readonly [string, string])[],
  ): Promise<number> =>
    new Promise((resolve) => {
      const headers = createHeaders();
      for (const [name, value] of fields) headers.set(name, value);
      asked += 1;
      answers.set(asked, resolve);
      nc.publish(subject, body, { reply: `${inbox}.${asked}`, ...(fields.length > 0 && { headers }) });
    });

  const event = Buffer.alloc(300, "e");
  for (let start = 0; start < order.events; start += 500) {
    const window = Array.from({ length: 500 }, (_, index) =>
      publish(`bare.ev.${((start + index) * 7_919) % order.contacts}`, event, []),
    );
    await Promise.all(window);
  }

  const document = Buffer.alloc(order.documentBytes, "d");
  const line = Buffer.alloc(order.lineBytes, "l");
  const revisions = new Map<string, number>();
  const turns = new Map<string, Promise<void>>();
  const work = async (contact: string, number: number): Promise<void> => {
    const expected = String(revisions.get(contact) ?? 0);
    const seq = await publish(`bare.doc.${contact}`, document, [["Nats-Expected-Last-Subject-Sequence", expected]]);
    revisions.set(contact, seq);
    await publish(`bare.line.${contact}`, line, [["Nats-Msg-Id", `line-${number}`]]);
  };

  const began = { cpu: process.cpuUsage(), at: performance.now() };
  await consume(order.events, async (message, number) => {
    const contact = message.subject.slice("bare.ev.".length);
    const turn = (turns.get(contact) ?? Promise.resolve()).then(() => work(contact, number));
    turns.set(contact, turn);
    await turn;
    if (turns.get(contact) === turn) turns.delete(contact);
    message.respond();
  });
  const seconds = (performance.now() - began.at) / 1_000;
  const { user, system } = process.cpuUsage(began.cpu);
  await nc.close();
  return { perSecond: order.events / seconds, cpuMicros: (user + system) / order.events };

  /** Resolves when so many were worked on. */
  async function consume(events: number, handle: (message: Msg, number: number) => Promise<void>): Promise<void> {
    const deliveries = createInbox();
    let taken = 0;
    let done = 0;
    await new Promise<void>((resolve) => {
      const ask = (batch: number): void =>
        nc.publish("$JS.API.CONSUMER.MSG.NEXT.BARE_EVENTS.all", JSON.stringify({ batch }), { reply: deliveries });
      let owed = 0;
      nc.subscribe(deliveries, {
        callback(_error, message) {
          taken += 1;
          void handle(message, taken).then(() => {
            done += 1;
            owed += 1;
            if (done === events) resolve();
            if (owed < AHEAD / 4) return;
            ask(owed);
            owed = 0;
          });
        },
      });
      ask(AHEAD);
    });
  }
}
