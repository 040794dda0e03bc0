import type { LookedUp } from "../core/model/decision.ts";
import type { Json } from "../core/model/json.ts";
import { isJsonObject, parseJson } from "../core/model/parse-json.ts";
import type { FieldType, Lookup } from "../core/model/rulebook.ts";
import type { LookupAnswer, LookUps } from "../rulebook/test-file.generated.ts";

/** The look-ups of a case: they find what it says, and nobody fetches anything. */
export interface ScriptedLookups {
  /** Null when the case does not say what this one finds. */
  ask(name: string): LookedUp | null;
}

/** A list is one answer for each time it is asked, the last of which stays. */
export function scriptLookups(script: LookUps): ScriptedLookups {
  const asked = new Map<string, number>();
  return {
    ask(name) {
      const said = Object.hasOwn(script, name) ? script[name] : undefined;
      if (said === undefined) return null;
      const answers = Array.isArray(said) ? said : [said];
      const times = asked.get(name) ?? 0;
      asked.set(name, times + 1);
      const answer = answers[Math.min(times, answers.length - 1)];
      return answer === undefined ? null : foundBy(answer);
    },
  };
}

function foundBy(answer: LookupAnswer): LookedUp {
  if (typeof answer === "string") return { kind: "failed" };
  // What a test file says is JSON, which its generated type does not know.
  const parsed = parseJson(JSON.stringify(answer));
  return parsed.ok && isJsonObject(parsed.value) ? { kind: "value", value: parsed.value } : { kind: "invalid" };
}

/** What to write when a look-up was asked that the case says nothing of. */
export function howToScript({ name, fields }: Lookup): string {
  const example = [...(fields ?? [])].slice(0, 2).map(([field, { type, values }]) => {
    return `${field}: ${JSON.stringify(values?.[0] ?? EXAMPLES[type])}`;
  });
  return `lookups: { ${name}: { ${example.length === 0 ? "status: customer" : example.join(", ")} } }`;
}

const EXAMPLES: Readonly<Record<FieldType, Json>> = {
  string: "a text",
  number: 1,
  integer: 1,
  boolean: true,
  time: "2026-03-06T14:00:00Z",
  list: ["a text"],
};
