import { chanceOf } from "./chance.ts";

/** Somebody whom the simulation's rules speak to. Names and addresses carry a word that must never show up in a log. */
export interface Person {
  readonly id: string;
  readonly firstName: string;
  readonly email: string;
  readonly phone: string;
  readonly zone: string;
}

/** Part of every name and mailbox; phone numbers are recognised by their beginning. */
export const CANARY = /zanzibar|canary\.example|\+?1202555\d{4}/i;

const ZONES = ["America/New_York", "America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata", "Pacific/Apia"];

export function personOf(seed: number, number: number): Person {
  const chance = chanceOf(seed, "person", number);
  // Two people of one household may share a phone.
  const household = chanceOf(seed, "households").happens(0.4) ? number - (number % 2) : number;
  return {
    id: `c${number}`,
    firstName: `Zanzibar${number}`,
    email: `zanzibar${number}@canary.example`,
    phone: `+1202555${String(1_100 + household).padStart(4, "0")}`,
    zone: chance.pick(ZONES),
  };
}
