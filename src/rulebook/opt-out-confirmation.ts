import { createSourceFile } from "./source-file.ts";
import { parseWorkspace } from "./parse-workspace.ts";
import type { ParsedRule } from "./parsed-workspace.ts";
import type { WorkspaceFile } from "./workspace-file.generated.ts";

/** The rule that `opt_out.confirm` makes; authors can't have one of this name beside it. */
export const CONFIRMATION = "opt-out-confirmation";

/**
 * `opt_out.confirm` as a rule like any other, so that it passes the same gates, is retried, counted and explained like
 * any message. Whoever says STOP while the house stands still is not written to when it is up again. Null without a
 * text, or without a channel that could carry it.
 */
export function optOutConfirmation({ opt_out: optOut, channels }: WorkspaceFile): ParsedRule | null {
  const text = optOut?.confirm;
  const through = Object.keys(channels).filter((name) => channels[name]?.kind === "sms");
  if (text === undefined || through.length === 0) return null;
  const rule = {
    rule: CONFIRMATION,
    description: "Confirms an opt-out by text message: `opt_out.confirm` of heed.yaml.",
    class: "transactional",
    trigger: { event: "sms.opted_out", max_age: "15m" },
    expires: "15m",
    actions: [{ send: through, to: '{{ event.address.phone | default: "" }}', text }],
  };
  const file = createSourceFile(`${CONFIRMATION}.yaml`, JSON.stringify(rule));
  return parseWorkspace({ files: [file], problems: [] }).parsed.rules[0] ?? null;
}
