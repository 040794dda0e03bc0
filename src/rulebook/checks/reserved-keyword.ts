import { testsOf } from "../../conditions/condition.ts";
import { type OptOutKeyword, optOutKeyword } from "../../core/model/opt-out-keywords.ts";
import { type Check, problemAt } from "../check.ts";
import { conditionsInSight, type SeenCondition } from "../events-in-sight.ts";
import { jsonAt } from "../json-at.ts";
import { optOutWords } from "../opt-out-words.ts";
import type { ParsedFile, ParsedRule, ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import type { WorkspaceFile } from "../workspace-file.generated.ts";

/** A word that opts out, opts in or asks for help everywhere, claimed for something else. */
export const reservedKeyword = {
  id: "reserved-keyword",
  pages: {
    HEED408: {
      what: "A keyword of heed.yaml, or the text that a rule waits for, is a word that already has a meaning everywhere: STOP, START, UNSTOP, YES, HELP and the like.",
      why: "People and carriers expect that START and YES resume and HELP explains, so that they can't opt out. And a text that is such a word comes as `sms.opted_out`, `sms.opted_in` or `sms.help` and never as `sms.received`.",
      example: {
        in: "heed.yaml",
        bad: "opt_out: { keywords: [start] }",
        good: "opt_out: { keywords: [baja] }",
      },
    },
  },
  run,
} as const satisfies Check;

function run({ workspace, rules }: ParsedWorkspace): readonly Problem[] {
  const keywords = optOutWords(workspace?.file.opt_out?.keywords).map(({ word }) => word);
  return [
    ...(workspace === null ? [] : amongKeywords(workspace)),
    ...rules.flatMap((rule) => amongReceived(rule, keywords)),
  ];
}

const does: Readonly<Record<OptOutKeyword, string>> = {
  stop: "opts out everywhere anyway",
  start: "is how people opt in again, so it can't opt them out",
  yes: "is how people opt in again, so it can't opt them out",
  help: "is how people ask for help, so it can't opt them out",
};

function amongKeywords({ document, file }: ParsedFile<WorkspaceFile>): readonly Problem[] {
  return optOutWords(file.opt_out?.keywords).flatMap(({ word, path }) => {
    const meaning = optOutKeyword(word, []);
    if (meaning === null) return [];
    return [
      problemAt(document, {
        code: "HEED408",
        severity: meaning === "stop" ? "warning" : "error",
        path: ["opt_out", "keywords", ...path],
        message: `\`${word}\` ${does[meaning]}`,
        help: meaning === "stop" ? "remove it" : "remove it, or name a word of your own such as baja",
      }),
    ];
  });
}

const comesAs = { stop: "sms.opted_out", start: "sms.opted_in", help: "sms.help" } as const;

/** Tests of `sms.received` that wait for a whole text which never comes under that name. */
function amongReceived(rule: ParsedRule, keywords: readonly string[]): readonly Problem[] {
  // Hardly any rule looks at replies, and looking at every condition takes its time.
  if (!rule.document.source.text.includes("sms.received")) return [];
  return conditionsInSight(rule).flatMap((seen) => (isReceived(seen) ? inCondition(rule, seen, keywords) : []));
}

function isReceived({ sight }: SeenCondition): boolean {
  return sight.event.every((type) => type === "sms.received");
}

function inCondition({ document }: ParsedRule, seen: SeenCondition, keywords: readonly string[]): readonly Problem[] {
  return testsOf(seen.condition).flatMap(({ path, operator, operand, at }) => {
    if (path.join(".") !== "event.data.text" || (operator !== "is" && operator !== "in")) return [];
    const place = [...seen.path, ...at];
    const written = isJsonObject(jsonAt(document.data, place)) ? [...place, operator] : place;
    const words = typeof operand === "object" ? operand : [operand];
    const meanings = words.map((word) => (typeof word === "string" ? optOutKeyword(word, keywords) : null));
    const index = meanings.findIndex((meaning) => meaning !== null && meaning !== "yes");
    const meaning = meanings[index] ?? "yes";
    if (meaning === "yes") return [];
    return [
      problemAt(document, {
        code: "HEED408",
        path: typeof operand === "object" ? [...written, index] : written,
        message: `a text \`${String(words[index])}\` is a keyword, which comes as ${comesAs[meaning]} and never as sms.received`,
        help: `name the event ${comesAs[meaning]} instead`,
      }),
    ];
  });
}
