import type { Input } from "../core/model/decision.ts";
import type { OutgoingMessage, SendOutcome } from "../core/model/outgoing.ts";
import type { ChannelKind } from "../core/model/rulebook.ts";
import { nominalMs } from "../core/time/duration.ts";
import { parseDuration } from "../conditions/parse-duration.ts";
import type { ProviderDefinition, ProviderRegistry, Refusal } from "../providers/definition.ts";
import type { Answer, Providers } from "../rulebook/test-file.generated.ts";
import type { Call } from "./happening.ts";

type Reconciled = Extract<Input, { kind: "reconciled" }>["outcome"];

/** The providers of a case: they take every message in no time, but for what the case says. */
export interface ScriptedProviders {
  send(message: OutgoingMessage, provider: string): Call;
  /** What the provider says later of an attempt whose answer was lost. */
  reconcile(intent: string, attempt: number): Reconciled;
}

/** The answers of a case by channel, in order, judged as the provider that is asked judges its own. */
export function scriptProviders(script: Providers, registry: ProviderRegistry): ScriptedProviders {
  const answers = new Map(Object.entries(script).map(([channel, list]) => [channel, [...list]]));
  const calls: Call[] = [];
  const takenBefore = (intent: string): Call | undefined =>
    calls.find(({ message, taken }) => taken && message.intentId === intent);
  return {
    send(message, provider) {
      const definition = registry.get(provider) ?? null;
      const answer = answers.get(message.channel)?.shift() ?? "ok";
      const taker = definition?.outcomeOfRefusal === undefined ? vendorOf(registry, message.kind, answer) : definition;
      const outcome = outcomeOf(taker, answer, calls.length + 1);
      const repeated = definition?.capabilities.idempotencyKey === true && takenBefore(message.intentId) !== undefined;
      const taken = !repeated && (outcome.kind === "accepted" || answer === "timeout_after_accept");
      const lost = outcome.kind === "ambiguous" && definition?.capabilities.lookup !== true && !repeated;
      const call: Call = { message, provider, answer, outcome, taken, counts: taken || lost };
      calls.push(call);
      return call;
    },
    reconcile(intent, attempt) {
      const call = calls.find(({ message }) => message.intentId === intent && message.attempt === attempt);
      const capabilities = registry.get(call?.provider ?? "")?.capabilities;
      if (capabilities?.lookup === true) {
        return call?.taken === true ? { kind: "found", providerMessageId: `found-${intent}` } : { kind: "not_found" };
      }
      return { kind: capabilities?.idempotencyKey === true ? "repeatable" : "impossible" };
    },
  };
}

function outcomeOf(definition: ProviderDefinition | null, answer: Answer, number: number): SendOutcome {
  if (answer === "ok") return { kind: "accepted", providerMessageId: `message-${number}` };
  if (typeof answer === "string") return { kind: "ambiguous", code: "timeout" };
  const refusal = refusalOf(answer);
  return (definition?.outcomeOfRefusal ?? usualOutcome)(refusal);
}

function refusalOf(answer: Exclude<Answer, string>): Refusal {
  if (typeof answer === "number") return { status: answer, code: null, afterMs: null };
  const { status = null, code, retry_after: retryAfter } = answer;
  const wait = retryAfter === undefined ? null : parseDuration(retryAfter);
  return {
    status,
    code: code === undefined ? null : String(code),
    afterMs: wait === null ? null : nominalMs(wait),
  };
}

/** A provider without words of its own may be told those of a vendor of the same kind of message. */
function vendorOf(registry: ProviderRegistry, kind: ChannelKind, answer: Answer): ProviderDefinition | null {
  if (typeof answer !== "object" || answer.code === undefined) return null;
  const vendors = [...registry.values()];
  const speaks = ({ capabilities, outcomeOfRefusal }: ProviderDefinition): boolean =>
    outcomeOfRefusal !== undefined && capabilities.kinds.includes(kind);
  return vendors.find(speaks) ?? null;
}

/** What the statuses of HTTP mean among those who keep to them: nothing was taken. */
function usualOutcome({ status: given, code: named, afterMs }: Refusal): SendOutcome {
  const status = given ?? 400;
  const code = named ?? `http_${status}`;
  if (status === 429 || status >= 500) return { kind: "retryable", code, afterMs };
  if (status === 401 || status === 403) return { kind: "misconfigured", code };
  return { kind: "rejected", code, class: "other" };
}
