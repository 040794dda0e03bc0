import { judgeLazily } from "../conditions/judge-lazily.ts";
import { isSuppressed } from "../core/model/contact.ts";
import type { Answer, Question } from "../core/model/decision.ts";
import { render } from "../templates/render.ts";
import type { Asking } from "./asking.ts";
import { isInAccount } from "./in-account.ts";
import type { Deployed, Parts } from "./parts.ts";

/** Answers what the core asked, from the libraries and the store. Rejects when there is no answer: no answer, no send. */
export async function answerQuestion(
  parts: Parts,
  deployed: Deployed,
  question: Question,
  asking: Asking,
): Promise<Answer> {
  const { workspace } = deployed;
  switch (question.kind) {
    case "condition":
      return { kind: "condition", ...(await judgeLazily(question.tree, question.facts)) };
    case "render": {
      const template = workspace.templates.get(question.template);
      if (template === undefined) return { kind: "render", text: null, failed: "its template is not deployed" };
      return { kind: "render", text: null, ...render(template, question.facts) };
    }
    case "lookup":
      return { kind: "lookup", found: await asking.lookUp(deployed, question) };
    case "suppressed": {
      const doc = await parts.store.load(question.addressKey, "latest");
      const suppressed = doc !== null && isSuppressed(parts.decoded.contactOf(doc), question.addressKey);
      return { kind: "suppressed", suppressed };
    }
    case "paused":
      return { kind: "paused", pause: await parts.pauses.of(question.rule, question.channel) };
    case "outdated":
      return { kind: "outdated", outdated: await parts.deployments.isOutdated(workspace.rulebook.digest) };
    case "decided": {
      const { ledger } = workspace.retention;
      // Its lines may have gone, so that nobody can say: nothing is said then, rather than the same twice.
      const mayBeGone = ledger !== null && question.since <= parts.clock.now() - ledger;
      return { kind: "decided", decided: mayBeGone || (await isInAccount(parts.store, question)) };
    }
    case "draw":
      return { kind: "draw", refused: await parts.sharedLimits.draw(question.draws) };
  }
}
