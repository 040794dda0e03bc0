/**
 * Writes a month of customers into a file that `heed plan --events` reads: what they did, and what production sent them
 * by the rules as they are. Run it with
 * `npm run bench:month -- --workspace rules --contacts 2000 --days 28 --seed 1 --out month.ndjson`.
 */
import { parseArgs } from "node:util";
import { compileWorkspace } from "../../src/rulebook/compile-workspace.ts";
import { exampleBehaviour } from "./month/example-behaviour.ts";
import { recordMonth } from "./month/month.ts";
import { writeMonth } from "./month/write-month.ts";

/** A month in which clocks change in America, but not in London. */
const FROM = Date.parse("2026-02-23T00:00:00Z");

const { values } = parseArgs({
  options: {
    workspace: { type: "string", default: "rules" },
    contacts: { type: "string", default: "2000" },
    days: { type: "string", default: "28" },
    seed: { type: "string", default: "1" },
    out: { type: "string", default: "month.ndjson" },
  },
});
const compiled = await compileWorkspace(values.workspace, process.env);
if (!compiled.ok) throw new Error(compiled.problems.map(({ file, message }) => `${file}: ${message}`).join("\n"));
const file = writeMonth(values.out);
const { events, sent } = await recordMonth(
  {
    workspace: compiled.workspace,
    behaviour: exampleBehaviour,
    contacts: Number(values.contacts),
    days: Number(values.days),
    seed: Number(values.seed),
    from: FROM,
  },
  file,
);
file.close();
process.stdout.write(`${values.out}: ${events} events, ${sent} messages\n`);
