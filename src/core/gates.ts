import { address } from "./gates/address.ts";
import { caps } from "./gates/caps.ts";
import { consent } from "./gates/consent.ts";
import { expired } from "./gates/expired.ts";
import type { Gate } from "./gates/gate.ts";
import { guard } from "./gates/guard.ts";
import { held } from "./gates/held.ts";
import { holdout } from "./gates/holdout.ts";
import { paused } from "./gates/paused.ts";
import { quietHours } from "./gates/quiet-hours.ts";
import { recipient } from "./gates/recipient.ts";
import { render } from "./gates/render.ts";
import { ruleDisabled } from "./gates/rule-disabled.ts";
import { segments } from "./gates/segments.ts";
import { shadow } from "./gates/shadow.ts";
import { sharedLimits } from "./gates/shared-limits.ts";
import { suppression } from "./gates/suppression.ts";
import { when } from "./gates/when.ts";
import { window } from "./gates/window.ts";

/**
 * Everything a message must pass at the moment of speaking, in the order that decides the recorded reason. The first
 * gate that does not let it pass has the last word. A stopped enrollment has no ticket left that could come here. The
 * names are those of the account.
 */
export const GATES: readonly { readonly name: string; readonly gate: Gate }[] = [
  { name: "paused", gate: paused },
  { name: "rule disabled", gate: ruleDisabled },
  { name: "expired", gate: expired },
  { name: "held", gate: held },
  { name: "guard", gate: guard },
  { name: "when", gate: when },
  { name: "holdout", gate: holdout },
  { name: "consent", gate: consent },
  { name: "recipient", gate: recipient },
  { name: "suppression", gate: suppression },
  { name: "address", gate: address },
  { name: "window", gate: window },
  { name: "quiet hours", gate: quietHours },
  { name: "render", gate: render },
  { name: "segments", gate: segments },
  { name: "caps", gate: caps },
  { name: "shadow", gate: shadow },
  { name: "shared limits", gate: sharedLimits },
];
