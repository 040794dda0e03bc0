import { reachesContact } from "../../core/model/rulebook.ts";
import { type Check, problemAt } from "../check.ts";
import { moneyOf } from "../compile-parts.ts";
import type { ParsedFile, ParsedWorkspace } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";
import type { Channel, WorkspaceFile } from "../workspace-file.generated.ts";

/** Money that cannot be counted: a budget without a price, or in another currency; a price per segment of no text. */
export const priceAndBudget = {
  id: "price-and-budget",
  pages: {
    HEED603: {
      what: "A budget is for a channel without a price.",
      why: "Nothing could be counted, so the budget would hold nothing back.",
      example: {
        in: "heed.yaml",
        bad: "budgets:\n  - { channel: sms, max: 50.00 USD, per: day }",
        good: 'budgets:\n  - { channel: sms, max: 50.00 USD, per: day }\nchannels:\n  email: { kind: email, provider: outbox }\n  sms: { kind: sms, provider: outbox, from: "+12025550100", price: { per_segment: 0.0083 USD } }',
      },
    },
    HEED604: {
      what: "Amounts that are added up are in different currencies.",
      why: "Heed knows no exchange rates, and guessing with money is worse than asking.",
      example: {
        in: "heed.yaml",
        bad: 'channels:\n  email: { kind: email, provider: outbox }\n  sms: { kind: sms, provider: outbox, price: { per_segment: 0.0083 USD, prefixes: { "+44": 0.0350 GBP } } }',
        good: 'channels:\n  email: { kind: email, provider: outbox }\n  sms: { kind: sms, provider: outbox, price: { per_segment: 0.0083 USD, prefixes: { "+44": 0.0400 USD } } }',
      },
    },
    HEED605: {
      what: "A channel that does not send text messages has a price per segment, or prices by phone number where there is none.",
      why: "Segments are counted of text messages alone, and prefixes are those of phone numbers.",
      example: {
        in: "heed.yaml",
        bad: "channels:\n  sms: { kind: sms, provider: outbox }\n  email: { kind: email, provider: outbox, price: { per_segment: 0.0006 USD } }",
        good: "channels:\n  sms: { kind: sms, provider: outbox }\n  email: { kind: email, provider: outbox, price: { per_message: 0.0006 USD } }",
      },
    },
    HEED606: {
      what: "What `alerts` names is a channel that reaches contacts.",
      why: "Alerts are for your own people: a channel of kind slack, ticket or webhook, or one of kind email with your own address in `to`.",
      example: {
        in: "heed.yaml",
        bad: "alerts: { channel: sms }",
        good: "# alerts: { channel: the name of a slack channel }",
      },
    },
  },
  run,
} as const satisfies Check;

function run({ workspace }: ParsedWorkspace): readonly Problem[] {
  if (workspace === null) return [];
  const { document, file } = workspace;
  const alerted = file.alerts?.channel;
  const kind =
    alerted !== undefined && Object.hasOwn(file.channels, alerted) ? file.channels[alerted]?.kind : undefined;
  const alerts =
    kind !== undefined && reachesContact(kind) && !(kind === "email" && file.alerts?.to !== undefined)
      ? [
          problemAt(document, {
            code: "HEED606",
            path: ["alerts", "channel"],
            message: `\`${alerted ?? ""}\` reaches contacts, and alerts are for your own people`,
            help:
              kind === "email"
                ? "say which address of your own they go to: alerts: { channel: …, to: on-call@acme.example }"
                : "name a channel of kind slack, ticket or webhook",
          }),
        ]
      : [];
  return [
    ...Object.entries(file.channels).flatMap((entry) => inPrice(workspace, ...entry)),
    ...inBudgets(workspace),
    ...alerts,
  ];
}

function inPrice({ document }: ParsedFile<WorkspaceFile>, name: string, { kind, price }: Channel): readonly Problem[] {
  if (price === undefined) return [];
  const path: Path = ["channels", name, "price"];
  if ("per_segment" in price && kind !== "sms") {
    const message = `${kind} has no segments`;
    return [
      problemAt(document, {
        code: "HEED605",
        path: [...path, "per_segment"],
        part: "key",
        message,
        help: "write per_message",
      }),
    ];
  }
  if (price.prefixes !== undefined && kind !== "sms" && kind !== "voice") {
    const message = `${kind} goes to no phone number, so it has no price by prefix`;
    return [
      problemAt(document, { code: "HEED605", path: [...path, "prefixes"], part: "key", message, help: "remove it" }),
    ];
  }
  const usual = moneyOf("per_segment" in price ? price.per_segment : price.per_message).currency;
  return Object.entries(price.prefixes ?? {})
    .filter(([, money]) => moneyOf(money).currency !== usual)
    .map(([prefix, money]) =>
      problemAt(document, {
        code: "HEED604",
        path: [...path, "prefixes", prefix],
        message: `${moneyOf(money).currency} here, and ${usual} for the channel`,
        help: `write the amount in ${usual}`,
      }),
    );
}

function inBudgets({ document, file }: ParsedFile<WorkspaceFile>): readonly Problem[] {
  return (file.budgets ?? []).flatMap(({ channel, max }, index): readonly Problem[] => {
    const found = Object.hasOwn(file.channels, channel) ? file.channels[channel] : undefined;
    if (found === undefined) return [];
    const { price } = found;
    if (price === undefined) {
      const message = `\`${channel}\` has no price, so that nothing can be counted`;
      const help = `give it one: price: { ${found.kind === "sms" ? "per_segment" : "per_message"}: 0.0083 USD }`;
      return [problemAt(document, { code: "HEED603", path: ["budgets", index, "channel"], message, help })];
    }
    const { currency } = moneyOf("per_segment" in price ? price.per_segment : price.per_message);
    if (moneyOf(max).currency === currency) return [];
    const message = `${moneyOf(max).currency} here, and ${currency} in the price of \`${channel}\``;
    return [
      problemAt(document, {
        code: "HEED604",
        path: ["budgets", index, "max"],
        message,
        help: `write the amount in ${currency}`,
      }),
    ];
  });
}
