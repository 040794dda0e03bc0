import { moveTo } from "../ending.ts";
import type { Enrollment } from "../model/contact.ts";
import type { WaitStep } from "../model/rulebook.ts";
import { fractionOf } from "../model/sha256.ts";
import { record, type Run } from "../run.ts";
import { addRange } from "../time/duration.ts";
import { nextLocalTime } from "../time/local-time.ts";
import { zoneNamed, zoneOf } from "../zones.ts";

/** A step that is taken later than this was held up: waiting for a time of day then begins now. */
const PUNCTUAL_MS = 60_000;

/** Sleeps from the moment the step was due. The place in a range is a hash, so that a replay draws the same. */
export function wait(run: Run, enrollment: Enrollment, { wait: what, id, next }: WaitStep): void {
  const { contact, rulebook, now } = run;
  const due = enrollment.state.kind === "waiting" ? enrollment.state.until : now;
  if (what.kind === "for") {
    const zone = zoneOf(contact, rulebook.workspace);
    return sleep(run, enrollment, next, addRange(due, what.range, zone, fractionOf(enrollment.id, id)));
  }
  const zone = zoneNamed(what.zone, contact, rulebook.workspace);
  // Due exactly at that time is now, although the clock has moved on by some milliseconds since.
  const from = now - due < PUNCTUAL_MS ? due : now;
  sleep(run, enrollment, next, nextLocalTime(what.minute, from, zone));
}

function sleep(run: Run, enrollment: Enrollment, next: string | null, until: number): void {
  const place = { rule: enrollment.rule, enrollment: enrollment.id, step: enrollment.step };
  if (until > run.now) record(run, { kind: "step", ...place, detail: { waits_until: until } });
  moveTo(run, enrollment, next, until);
}
