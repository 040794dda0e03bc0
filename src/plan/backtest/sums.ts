/** How sums are named: what is counted, in which arm, of which rule and channel. */
export const sums = {
  channel: (arm: ArmName, channel: string) => `channel/${arm}/${channel}`,
  contacts: (what: "newly" | "no_longer" | "differently", channel = "*") => `contacts/${what}/${channel}`,
  rule: (arm: ArmName, place: string) => `rule/${arm}/${place}`,
  difference: (difference: string, place: string) => `difference/${difference}/${place}`,
  reason: (reason: string, place: string) => `${reason}/reason/${place}`,
  segments: (arm: ArmName, place: string) => `segments/${arm}/${place}`,
  hour: (hour: number, place: string) => `hour/${hour}/${place}`,
  cost: (arm: ArmName, channel: string, currency: string) => `cost/${arm}/${channel}/${currency}`,
  unpriced: (channel: string) => `unpriced/${channel}`,
  sent: (arm: ArmName) => `sent/${arm}`,
  downstream: "downstream",
  open: "open",
} as const;
export type ArmName = "base" | "head";

/** Ids of rules and names of channels have no spaces. */
export function placeOfRule(rule: string, channel: string): string {
  return `${rule} ${channel}`;
}
