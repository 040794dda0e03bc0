import type { Pages } from "./page.ts";

/** The pages of what waivers themselves can get wrong. */
export const waiverPages = {
  HEED901: {
    what: "A waiver does not have the form of a waiver, or names a code that cannot be waived.",
    why: "It silences nothing, though whoever wrote it believes so. A waiver names one code, its last day and the reason: `# heed allow HEED402 until 2027-01-31: reason`. What would keep a rule from running as it is written cannot be waived.",
    example: {
      in: "rule",
      bad: "# heed allow HEED301 until spring: paused over the holidays\ndelay: 5m",
      good: "# heed allow HEED301 until 2026-12-31: paused over the holidays\ncaps: [{ max: 0, per: contact, within: 24h }]",
    },
  },
  HEED902: {
    what: "A waiver has ended, and what it allowed is still there.",
    why: "An exception was granted until a day, and that day is over. Mend the problem, or give the waiver a new date with a reason that holds today. Its severity is that of the problem. The start of the system does not look at dates: no restart fails because a day has passed.",
    example: {
      in: "rule",
      bad: "# heed allow HEED301 until 2026-01-31: paused over the holidays\ncaps: [{ max: 0, per: contact, within: 24h }]",
      good: "# heed allow HEED301 until 2026-12-31: paused over the holidays\ncaps: [{ max: 0, per: contact, within: 24h }]",
    },
  },
  HEED903: {
    what: "A waiver allows a problem that is not there.",
    why: "It would silence the problem when it comes back, and nobody would have decided so.",
    example: {
      in: "rule",
      bad: "# heed allow HEED301 until 2026-12-31: paused over the holidays\ncaps: [{ max: 1, per: contact, within: 24h }]",
      good: "caps: [{ max: 1, per: contact, within: 24h }]",
    },
  },
} as const satisfies Pages;
