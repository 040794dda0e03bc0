/** Plays the same in threads and in turns, and prints both results: run from a bundle, because a thread needs its file. */
import { hasThreads } from "../../../src/plan/backtest/players.ts";
import { DAY, happened, HEED, HOUR, MINUTE, played, recordingOf, ruleOf } from "./stage.ts";

const base = {
  "heed.yaml": `${HEED}caps:\n  - { max: 40, per: channel, channel: sms, within: 24h, on_exceed: defer }\n`,
  "a/hello.yaml": ruleOf("hello", { event: "Signed Up", more: "stop_on:\n  - event: Bought\ndelay: 1h\n" }),
  "a/thanks.yaml": ruleOf("thanks", { event: "Bought", send: "email" }),
};
const head = {
  ...base,
  "a/hello.yaml": ruleOf("hello", { event: "Signed Up", more: "delay: 2h\n", text: "Good day." }),
};
const events = Array.from({ length: 300 }, (_, who) => [
  happened(who, "Signed Up", 2 * DAY + who * 10 * MINUTE),
  ...(who % 3 === 0 ? [happened(who, "Bought", 2 * DAY + who * 10 * MINUTE + HOUR / 2)] : []),
]).flat();
const recording = recordingOf([happened(0, "Nothing", 0), ...events, happened(0, "Nothing", 8 * DAY)]);

const results = [];
for (const threads of [true, false]) {
  results.push(await played({ base, head }, recording, { sample: 0.5, threads, showContent: false }));
}
process.stdout.write(JSON.stringify({ threads: hasThreads(), results }));
