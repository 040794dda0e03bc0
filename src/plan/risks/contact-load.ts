import { atWorkspace, type RiskCheck } from "./risk-check.ts";
import { counted } from "../say-numbers.ts";

export const contactLoad: RiskCheck = {
  code: "PLN203",
  page: {
    what: "Some contacts get more messages on a day than before, and more than two.",
    why: "An average hides it: whoever is in three rules gets all of them on one day, says STOP, and is lost for every channel.",
    todo: "Add a cap per contact over all rules in heed.yaml, or spread the rules over days.",
    example: { in: "heed.yaml", before: "caps:\n  - { max: 2, per: contact, within: 24h }", after: "caps: []" },
  },
  find(evidence) {
    const load = evidence.backtest?.load;
    if (load === undefined) return [];
    const { base, head } = load;
    const { perDay } = evidence.limits;
    if (head.p99 > perDay && head.p99 > base.p99) {
      const message = `one contact in a hundred gets ${counted(head.p99, "message")} on a day or more, and got ${base.p99}`;
      return [atWorkspace(evidence, ["caps"], message)];
    }
    // A single story is worth a look once it is far from what others get.
    if (head.max > 2 * perDay && head.max > base.max) {
      const message = `the contact that gets most gets ${counted(head.max, "message")} on a day, and got ${base.max}`;
      return [atWorkspace(evidence, ["caps"], message)];
    }
    return [];
  },
};
