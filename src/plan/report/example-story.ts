import { printable } from "../../rulebook/report/printable.ts";
import type { Difference, Example } from "../plan.ts";
import { clockTime } from "../../simulate/clock-text.ts";
import { momentsOf } from "./timeline.ts";

const words: Readonly<Record<Difference, string>> = {
  added: "is sent, and was not",
  removed: "is no longer sent",
  retimed: "is sent at another time",
  rerouted: "goes by another channel",
  recontent: "says something else",
  newly_suppressed: "is stopped, and was not",
  newly_released: "is no longer stopped",
};

/** In half a sentence: what is different for this contact. */
export function gistOfExample({ rule, channel, difference }: Example): string {
  return `a message of ${rule} by ${channel} ${words[difference]}`;
}

/** One contact's story under both rulebooks, for a terminal: `heed explain --plan plan.json --example 4`. */
export function renderExample(example: Example): string {
  const { number, contact, zone } = example;
  const moments = momentsOf(example);
  const lines = moments.map(({ at, side, said }) => {
    const mark = { both: "  both", base: "- base", plan: "+ plan" }[side];
    return `  ${clockTime(at, zone, "always")}  ${mark}  ${printable(said)}`;
  });
  const head = `Example ${number}: ${gistOfExample(example)}\nContact ${contact}, whose clock is that of ${zone}\n`;
  return `${printable(head.split("\n")[0] ?? "")}\n${printable(head.split("\n")[1] ?? "")}\n\n${lines.join("\n")}\n`;
}
