import type { Channel, FieldType, Money, Price, Workspace } from "../core/model/rulebook.ts";
import { optOutWords } from "./opt-out-words.ts";
import { compileCap, minuteOf, moneyOf, shareOf } from "./compile-parts.ts";
import type { Channel as ChannelFile, ContactField, WorkspaceFile } from "./workspace-file.generated.ts";

/** What heed.yaml says to the rules, but for its look-ups. `resolve` puts the environment's values into a text. */
export function compileSettings(file: WorkspaceFile, resolve: (text: string) => string): Omit<Workspace, "lookups"> {
  const { consent, opt_out: optOut, limits, self_protection: protection } = file;
  return {
    name: file.workspace,
    timeZone: file.time_zone,
    channels: new Map(
      Object.entries(file.channels).map(([name, channel]) => [name, compileChannel(name, channel, resolve)]),
    ),
    fields: new Map(
      Object.entries(file.contacts?.fields ?? {}).map(([name, { type, enum: values }]) => [
        name,
        { type: fieldTypeOf(type), values: values ?? null },
      ]),
    ),
    // Silence about consent is no consent.
    consent: {
      email: consent?.email ?? "opt_in",
      sms: consent?.sms ?? "opt_in",
      push: consent?.push ?? "opt_in",
      voice: consent?.voice ?? "opt_in",
    },
    caps: (file.caps ?? []).map(compileCap),
    budgets: (file.budgets ?? []).map(({ channel, max, per, on_exceed: onExceed }) => {
      return { channel, max: moneyOf(max), per, onExceed: onExceed ?? "hold" };
    }),
    stopOnReply: file.replies?.stop ?? "marketing",
    optOut: {
      keywords: optOutWords(optOut?.keywords).map(({ word }) => word),
      phrases: optOut?.phrases ?? [],
      onPhrase: optOut?.on_phrase ?? "flag",
      scope: optOut?.scope ?? "channel",
      confirm: optOut?.confirm ?? null,
    },
    limits: { smsSegments: limits?.sms_segments ?? 3, firstDay: limits?.first_day ?? 1000 },
    selfProtection: {
      rateFactor: protection?.rate_factor ?? null,
      optOutRate: protection?.opt_out_rate === undefined ? null : shareOf(protection.opt_out_rate),
      bounceRate: protection?.bounce_rate === undefined ? null : shareOf(protection.bounce_rate),
      errorRate: protection?.error_rate === undefined ? null : shareOf(protection.error_rate),
    },
    alerts: file.alerts === undefined ? null : { channel: file.alerts.channel, to: file.alerts.to ?? null },
  };
}

export function fieldTypeOf(type: ContactField["type"]): FieldType {
  return typeof type === "string" ? type : "list";
}

function compileChannel(name: string, channel: ChannelFile, resolve: (text: string) => string): Channel {
  const { kind, provider, from, rate, quiet_hours: quiet, price } = channel;
  return {
    name,
    kind,
    provider,
    from: from === undefined ? null : resolve(from),
    ratePerSecond: rate === undefined ? null : perSecond(rate),
    quietHours: quiet === undefined ? null : { from: minuteOf(quiet.from), to: minuteOf(quiet.to) },
    price: price === undefined ? null : compilePrice(price),
  };
}

function compilePrice(price: NonNullable<ChannelFile["price"]>): Price {
  const prefixes = Object.entries(price.prefixes ?? {}).map(([prefix, money]): [string, Money] => [
    prefix,
    moneyOf(money),
  ]);
  return "per_segment" in price
    ? { per: "segment", usual: moneyOf(price.per_segment), prefixes: new Map(prefixes) }
    : { per: "message", usual: moneyOf(price.per_message), prefixes: new Map(prefixes) };
}

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };

function perSecond(rate: string): number {
  const [count = "0", unit = "s"] = rate.split("/");
  return Number(count) / (secondsOf[unit] ?? 1);
}
