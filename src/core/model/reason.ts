/**
 * Why something happened to a message, or did not: a closed list. Records, metrics and explanations use these words
 * and no others.
 */
export type Reason =
  | "sent"
  | "event.stale"
  | "reentry.active"
  | "restarted"
  | "rule.disabled"
  | "rule.changed"
  | "guard.false"
  | "when.false"
  | "stopped.by_event"
  | "stopped.by_reply"
  | "stopped.by_opt_out"
  | "stopped.by_step"
  | "consent.missing"
  | "suppressed"
  | "address.missing"
  | "address.invalid"
  | "template.missing"
  | "template.empty"
  | "cap.reached"
  | "cap.deferred"
  | "expired"
  | "provider.rejected"
  | "provider.failed"
  | "provider.unknown"
  | "completed";
