import { atWorkspace, type RiskCheck } from "./risk-check.ts";
import { number, percent } from "../say-numbers.ts";

export const lowAgreement: RiskCheck = {
  code: "PLN303",
  page: {
    what: "Played over the recorded events, the rules of today do not send what was really sent.",
    why: "If what was cannot be told again, what will be cannot be told either: the rules were changed meanwhile, events are missing, or look-ups decided. Differences between the two sides are still due to the change alone; how large they are is less certain.",
    todo: "Record again since the last deploy (--since), with all events, and with the messages that were sent. Read the numbers as directions until then.",
    example: {
      in: "words",
      story: "Of 48,112 messages that were really sent, the replay sends 40,950, and 3,000 that were not.",
    },
  },
  find(evidence) {
    const calibration = evidence.backtest?.calibration ?? null;
    if (calibration === null || calibration.confidence === "high") return [];
    const { real, reproduced, extra, agreement } = calibration;
    const message = `the replay agrees with what was really sent to ${percent(agreement)} only: ${number(reproduced)} of ${number(real)} messages, and ${number(extra)} that were not sent`;
    return [atWorkspace(evidence, ["workspace"], message, "read the numbers as directions")];
  },
};
