import type { Example, ExampleMoment } from "../plan.ts";

function sayMoment({ kind, what, reason, channel, text, textDigest }: ExampleMoment): string {
  switch (kind) {
    case "event":
      return `${what} happens`;
    case "sent": {
      const said = text === null ? (textDigest === null ? "" : ` (text ${textDigest})`) : `: "${text}"`;
      return `${what} is sent${channel === null ? "" : ` by ${channel}`}${said}`;
    }
    case "not_sent":
      return `${what} is not sent${reason === null ? "" : `: ${reason}`}`;
    case "ended":
      return `${what} ends${reason === null ? "" : `: ${reason}`}`;
  }
}

/** What both sides do alike is told once. */
export interface Moment {
  readonly at: number;
  readonly side: "both" | "base" | "plan";
  readonly said: string;
}

export function momentsOf({ base, head }: Example): readonly Moment[] {
  const key = (moment: ExampleMoment): string => JSON.stringify(moment);
  const left = new Map<string, number>();
  for (const moment of head) left.set(key(moment), (left.get(key(moment)) ?? 0) + 1);
  const shared = new Map<string, number>();
  const ofBase = base.map((moment): Moment => {
    const count = left.get(key(moment)) ?? 0;
    if (count > 0) {
      left.set(key(moment), count - 1);
      shared.set(key(moment), (shared.get(key(moment)) ?? 0) + 1);
    }
    return { at: moment.at, side: count > 0 ? "both" : "base", said: sayMoment(moment) };
  });
  const ofHead = head.flatMap((moment): readonly Moment[] => {
    const count = shared.get(key(moment)) ?? 0;
    if (count > 0) {
      shared.set(key(moment), count - 1);
      return [];
    }
    return [{ at: moment.at, side: "plan", said: sayMoment(moment) }];
  });
  const order = { both: 0, base: 1, plan: 2 } as const;
  return [...ofBase, ...ofHead].toSorted((a, b) => a.at - b.at || order[a.side] - order[b.side]);
}
