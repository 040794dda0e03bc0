/**
 * What each vendor costs: judging and reading a webhook, and handing over a message. Every vendor that has a fake is
 * measured, with requests that the fake signed and through the vendor's own SDK. Prints a report; asserts nothing,
 * because the numbers are the machine's. Run it with `npm run bench:providers`, or `-- sendgrid twilio` for some.
 */
import { fork } from "node:child_process";
import { createServer } from "node:http";
import { availableParallelism, cpus } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../src/cli/system-clock.ts";
import type { JsonObject } from "../../src/core/model/json.ts";
import { isJsonObject, parseJson } from "../../src/core/model/parse-json.ts";
import { normalizePhone } from "../../src/ingest/normalize-address.ts";
import type { ProviderDefinition } from "../../src/providers/definition.ts";
import { behaviours } from "../../src/providers/fake-behaviours.ts";
import type { Inbound, Outbound, OutgoingMessage, WebhookRequest } from "../../src/providers/provider.ts";
import { providerRegistry } from "../../src/providers/registry.ts";

/** Of each vendor, after a fifth as many that are not measured: enough for two digits, and a run of all ends in minutes. */
const SENDS = 300;
const AT_ONCE = 16;
const READ_FOR_MS = 300;

const print = (line = ""): void => void process.stdout.write(`${line}\n`);

interface Door {
  readonly url: string;
  /** What came so far. */
  readonly requests: WebhookRequest[];
  close(): void;
}

/** Keeps every webhook as it came. */
async function openDoor(): Promise<Door> {
  const requests: WebhookRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([key, value]) => [key, String(value)]));
      const { method = "", url = "" } = request;
      requests.push({ method, url, headers, body: Buffer.concat(chunks) });
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  return { url: `http://127.0.0.1:${port}`, requests, close: () => void server.close() };
}

interface Played {
  readonly settings: JsonObject;
  close(): void;
}

async function play(name: string, door: string): Promise<Played> {
  const child = fork(new URL("providers-fake.js", import.meta.url), [name, door]);
  const settings = await new Promise<unknown>((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", (code) => reject(new Error(`the fake of ${name} ended with ${code}`)));
  });
  const close = (): void => void child.kill();
  const parsed = parseJson(JSON.stringify(settings));
  return { settings: parsed.ok && isJsonObject(parsed.value) ? parsed.value : {}, close };
}

/** To a recipient who behaves like this word. */
function messageTo(word: string, { capabilities }: ProviderDefinition): OutgoingMessage | null {
  const kind = capabilities.kinds[0];
  const digits = behaviours.find((one) => one.word === word)?.digits ?? "60";
  if (kind === undefined) return null;
  const recipients: Readonly<Record<string, string>> = {
    email: `ana+${word}@example.com`,
    sms: `+120255501${digits}`,
    voice: `+120255501${digits}`,
    push: word,
  };
  return {
    intentId: "01c7588169b006bf4b8bbda9ce92d942",
    attempt: 1,
    contactId: "ana-1",
    ruleId: "hello",
    channel: kind,
    kind,
    from: kind === "email" ? "Acme <hello@acme.example>" : "+12025550100",
    to: recipients[kind] ?? null,
    content: { subject: "Book your demo", title: "Your demo", text: "Hi Ana, pick a time: https://acme.example/book" },
    // What a webhook sends; the others have no use for it.
    body: { type: "lead.demo_requested" },
  };
}

/** How often `work` can be done in a second of one core, after a warming-up: what others do meanwhile is not counted. */
function perSecond(work: () => unknown): number {
  const cpuMs = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  };
  for (const until = cpuMs() + READ_FOR_MS / 5; cpuMs() < until;) work();
  const began = cpuMs();
  let count = 0;
  // The clock costs as much as some of the work.
  for (; cpuMs() - began < READ_FOR_MS; count += 20) for (let turn = 0; turn < 20; turn += 1) work();
  return (count * 1_000) / (cpuMs() - began);
}

async function measureReading(inbound: Inbound, request: WebhookRequest): Promise<void> {
  const now = Date.now();
  await inbound.prepare?.(request, now);
  const verified = inbound.verify(request, now);
  const read = inbound.normalize(request, now);
  if (!verified.ok || "malformed" in read) return print("  a webhook of its fake was not taken: not measured");
  const verify = perSecond(() => inbound.verify(request, now));
  const normalize = perSecond(() => inbound.normalize(request, now));
  const events = `${request.body.length} bytes, ${read.events.length === 1 ? "1 event" : `${read.events.length} events`}`;
  print(`  verify     ${perSecondText(verify)}   ${(1_000 / verify).toFixed(3)} ms each   (${events})`);
  print(`  normalize  ${perSecondText(normalize)}   ${(1_000 / normalize).toFixed(3)} ms each`);
}

function perSecondText(rate: number): string {
  return `${Math.round(rate).toLocaleString("en").padStart(9)}/s`;
}

async function measureSending(outbound: Outbound, message: OutgoingMessage): Promise<void> {
  const outcome = await outbound.send(message);
  if (outcome.kind !== "accepted") return print(`  send       not measured: its fake's answer was ${outcome.kind}`);
  const sendAll = async (count: number): Promise<void> => {
    let left = count;
    const worker = async (): Promise<void> => {
      for (; left > 0;) {
        left -= 1;
        await outbound.send(message);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  };
  await sendAll(SENDS / 5);
  const before = process.cpuUsage();
  const began = performance.now();
  await sendAll(SENDS);
  const { user, system } = process.cpuUsage(before);
  const cpu = (user + system) / 1_000 / SENDS;
  const rate = (SENDS * 1_000) / (performance.now() - began);
  print(`  send       ${perSecondText(rate)}   ${cpu.toFixed(3)} ms of CPU each, ${AT_ONCE} at once`);
}

/** The fake's last word, which may be slow in coming on a machine that does other things as well. */
async function lastReport({ requests }: Door): Promise<WebhookRequest | undefined> {
  for (let waited = 0, quiet = 0, seen = 0; waited < 5_000 && quiet < 700; waited += 100) {
    await sleep(100);
    quiet = requests.length > 0 && requests.length === seen ? quiet + 100 : 0;
    seen = requests.length;
  }
  return requests.at(-1);
}

/** What those report who send nothing, and with which secret: they have no fake, and sign what they are given. */
const reports: Readonly<Record<string, { readonly settings: JsonObject; readonly body: JsonObject }>> = {
  segment: {
    settings: { shared_secret: "secret" },
    body: { type: "track", event: "Trial", userId: "u", messageId: "m" },
  },
  rudderstack: { settings: { header_secret: "secret" }, body: { type: "track", event: "Trial", userId: "u" } },
  hubspot: {
    settings: { client_secret: "secret", public_url: "https://hooks.example.com" },
    body: { subscriptionType: "contact.creation", eventId: 1, objectId: 7, occurredAt: 1_700_000_000_000 },
  },
  customerio: {
    settings: { signing_key: "secret" },
    body: {
      event_id: "e",
      object_type: "email",
      metric: "clicked",
      timestamp: 1_700_000_000,
      data: { customer_id: "u" },
    },
  },
  standard_webhooks: {
    settings: { secret: `whsec_${Buffer.alloc(24, 7).toString("base64")}` },
    body: { type: "order.placed", timestamp: "2023-11-14T22:13:20Z", data: { contact_id: "u", total: 49.5 } },
  },
  cloudevents: {
    settings: { bearer_token: "secret" },
    body: {
      specversion: "1.0",
      id: "1",
      source: "/shop",
      type: "order.placed",
      subject: "u",
      data: { contact_id: "u" },
    },
  },
};

/** Of a provider that only reports. False when there is nothing to try it with. */
async function measureReporter({ name, title, sign, configure }: ProviderDefinition): Promise<boolean> {
  const given = reports[name];
  const request = given === undefined ? null : sign?.(given.settings, JSON.stringify(given.body), Date.now());
  const configuration = configure(given?.settings ?? {});
  if (request === null || request === undefined || !configuration.ok) return false;
  print(title);
  const readPhone = (text: string) => normalizePhone(text, "US");
  const { inbound } = await configuration.create({ clock: systemClock, dataDirectory: "/nonexistent", readPhone });
  const { path: url, headers, body } = request;
  if (inbound !== null) await measureReading(inbound, { method: "POST", url, headers, body: Buffer.from(body) });
  print();
  return true;
}

async function measure(definition: ProviderDefinition): Promise<void> {
  print(definition.title);
  const door = await openDoor();
  const played = await play(definition.name, door.url);
  try {
    const configuration = definition.configure(played.settings);
    if (!configuration.ok) return print("  the settings of its fake are not taken: not measured");
    const readPhone = (text: string) => normalizePhone(text, "US");
    const provider = await configuration.create({ clock: systemClock, dataDirectory: "/nonexistent", readPhone });
    const wanted = messageTo("delivered", definition);
    const silent = messageTo("silent", definition);
    if (provider.inbound !== null && wanted !== null) {
      await provider.outbound?.send(wanted);
      // Not only the first, which may be a subscription that wants to be confirmed.
      const last = await lastReport(door);
      if (last === undefined) print("  its fake reports nothing: reading is not measured");
      else await measureReading(provider.inbound, last);
    }
    if (provider.outbound !== null && silent !== null) await measureSending(provider.outbound, silent);
    await provider.outbound?.close();
  } finally {
    played.close();
    door.close();
    print();
  }
}

const began = performance.now();
const wanted = process.argv.slice(2);
const all = [...providerRegistry.values()].filter(({ name }) => wanted.length === 0 || wanted.includes(name));
print(`Node ${process.version}, ${availableParallelism()} cores (${cpus()[0]?.model ?? "unknown"})\n`);
const others: string[] = [];
for (const definition of all) {
  if (definition.fake !== undefined) await measure(definition);
  else if (!(await measureReporter(definition)) && definition.name !== "outbox") others.push(definition.title);
}
print(
  `Not measured: ${others.map((title) => `${title} (nobody plays it); `).join("")}TLS, a network, and vendors, who`,
);
print(
  "take longer than their fakes; deciding, storing and the door, which share the thread (bench:ingest, bench:stream).",
);
print(
  `Took ${Math.round((performance.now() - began) / 1_000)} s; what other processes did meanwhile is in the rates of send and hardly in the rest.`,
);
