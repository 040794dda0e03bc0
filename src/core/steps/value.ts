import type { Facts } from "../model/facts.ts";
import type { Json } from "../model/json.ts";
import type { Value } from "../model/rulebook.ts";
import { type Asking, askRender, type Run } from "../run.ts";

/** What a step writes, with its texts rendered; undefined when one of them cannot be. */
export function* valueOf(run: Run, value: Value, facts: Facts): Asking<Json | undefined> {
  switch (value.kind) {
    case "literal":
      return value.value;
    case "text":
      return (yield* askRender(run, value.template, facts)) ?? undefined;
    case "list": {
      const list: Json[] = [];
      for (const inner of value.of) {
        const made = yield* valueOf(run, inner, facts);
        if (made === undefined) return undefined;
        list.push(made);
      }
      return list;
    }
    case "map": {
      const map: Record<string, Json> = {};
      for (const [name, inner] of Object.entries(value.of)) {
        const made = yield* valueOf(run, inner, facts);
        if (made === undefined) return undefined;
        map[name] = made;
      }
      return map;
    }
  }
}
