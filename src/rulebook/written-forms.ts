/** A text that must have a form of its own, which people write in many ways. */
export interface WrittenForm {
  /** What it is called: "a duration". */
  readonly noun: string;
  /** What every such text is like; null where examples say it better. */
  readonly rule: string | null;
  /** How it is written what was most likely meant, or null. Takes numbers as they are written. */
  readonly meant: (written: string) => string | null;
  /** What to add to a number that has no unit, or null when that says nothing. */
  readonly unit: (number: string) => string | null;
}

const duration: WrittenForm = {
  noun: "a duration",
  rule: "a duration is one whole number above zero and one unit: 30s, 15m, 2h, 3d, 1w",
  meant: (written) => meantDuration(written, longUnits),
  unit: (number) =>
    /^[1-9]\d*$/.test(number) ? `write a unit with it, such as ${number}s, ${number}m, ${number}h or ${number}d` : null,
};

const timeout: WrittenForm = {
  noun: "a time-out",
  rule: "a time-out is a whole number and a unit: 500ms, 2s, 1m",
  meant: (written) => meantDuration(written, shortUnits),
  unit: (number) => (/^[1-9]\d*$/.test(number) ? `write a unit with it, such as ${number}s or ${number}ms` : null),
};

const moment: WrittenForm = {
  noun: "a moment",
  rule: null,
  meant: (written) => meantMoment(written) ?? meantDuration(written, longUnits),
  unit: (number) =>
    /^\d+$/.test(number) ? `write a unit with it, such as ${number}s, ${number}m or ${number}h` : null,
};

const share: WrittenForm = {
  noun: "a share",
  rule: "a share is more than 0% and at most 100%, with at most two decimals: 10%, 0.5%",
  meant: meantShare,
  unit: () => null,
};

const timeOfDay: WrittenForm = {
  noun: "a time of day",
  rule: 'a time of day is written in quotes, from "00:00" to "23:59"',
  meant: meantTime,
  unit: () => null,
};

const money: WrittenForm = {
  noun: "an amount of money",
  rule: "an amount of money is a number and a currency: 50.00 USD",
  meant: meantMoney,
  unit: (number) => (/^\d+(?:\.\d+)?$/.test(number) ? `write the currency with it, such as ${number} USD` : null),
};

const rate: WrittenForm = {
  noun: "a rate",
  rule: "a rate is a whole number per second, minute or hour: 10/s, 100/m, 1000/h",
  meant: (written) => {
    const [, count = "", unit = ""] =
      /^(\d{1,7})\s*(?:\/|per|an?)\s*([smh])(?:ec|in|r|econd|inute|our)?s?$/i.exec(written.trim()) ?? [];
    return count === "" ? null : `${count}/${unit.toLowerCase()}`;
  },
  unit: (number) => (/^[1-9]\d*$/.test(number) ? `write ${number}/s, ${number}/m or ${number}/h` : null),
};

const host: WrittenForm = {
  noun: "a host",
  rule: "a host is one name or address, without http://, port, path and *: crm.internal, 10.0.0.7",
  meant: (written) => {
    const url = /^https?:\/\//.test(written) ? written : `http://${written}`;
    return !written.includes("*") && URL.canParse(url) ? new URL(url).hostname : null;
  },
  unit: () => null,
};

/** By the title of the schema, in small letters. */
export const writtenForms: ReadonlyMap<string, WrittenForm> = new Map([
  ["duration", duration],
  ["time-out", timeout],
  ["timeout", timeout],
  ["cache", { ...timeout, noun: "a duration" }],
  ["tolerance", { ...timeout, noun: "a duration" }],
  ["moment", moment],
  ["moment or window", { ...moment, noun: "a moment or a window" }],
  ["share", share],
  ["time of day", timeOfDay],
  ["amount of money", money],
  ["rate", rate],
  ["host", host],
]);

const lengths = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
type Unit = keyof typeof lengths;

/** Units by how people write them. Months and years are as many days as most people count. */
const unitNames: readonly { readonly name: RegExp; readonly unit: Unit; readonly times: number }[] = [
  { name: /^(?:ms|millis|milliseconds?)$/, unit: "ms", times: 1 },
  { name: /^(?:s|secs?|seconds?)$/, unit: "s", times: 1 },
  { name: /^(?:m|mins?|minutes?)$/, unit: "m", times: 1 },
  { name: /^(?:h|hrs?|hours?)$/, unit: "h", times: 1 },
  { name: /^(?:d|days?|daily)$/, unit: "d", times: 1 },
  { name: /^(?:w|wks?|weeks?|weekly)$/, unit: "w", times: 1 },
  { name: /^(?:mos?|months?|monthly)$/, unit: "d", times: 30 },
  { name: /^(?:y|yrs?|years?)$/, unit: "d", times: 365 },
];
/** From short to long. */
const longUnits: readonly Unit[] = ["s", "m", "h", "d", "w"];
const shortUnits: readonly Unit[] = ["ms", "s", "m"];

/** `15 minutes`, `1h30m`, `a day`, `1.5h`, `PT15M`: in one whole number, and no unit that is longer than those written. */
function meantDuration(written: string, units: readonly Unit[]): string | null {
  const parts = partsOf(written);
  if (parts === null) return null;
  const total = parts.reduce((sum, { count, unit, times }) => sum + Math.round(count * times * lengths[unit]), 0);
  const longest = Math.max(...parts.map(({ unit }) => lengths[unit]));
  const unit = units.findLast((each) => lengths[each] <= longest && total % lengths[each] === 0);
  if (unit === undefined) return null;
  const count = total / lengths[unit];
  return count >= 1 && count <= 999_999 ? `${count}${unit}` : null;
}

interface Part {
  readonly count: number;
  readonly unit: Unit;
  readonly times: number;
}

function partsOf(written: string): readonly Part[] | null {
  const text = written.trim().toLowerCase();
  // ISO 8601 has a P in front, and a T before hours.
  const isIso = /^p(?:\d+[ywd])*(?:t(?:\d+[hms])+)?$/.test(text);
  const plain = isIso ? text.slice(1).replace("t", "") : text.replace(/^(?:an?|one) /, "1 ").replace(/,| and /g, " ");
  // A word alone is one of it: `day`. A letter alone is nothing.
  const counted = /^[a-z]{3,}$/.test(plain) ? `1${plain}` : plain;
  const found = [...counted.matchAll(/\s*(\d{1,6}(?:\.\d{1,3})?)\s*([a-z]+)\s*/gy)];
  if (found.length === 0 || found.map(([all]) => all).join("") !== counted) return null;
  const parts = found.flatMap(([, count, word = ""]): readonly Part[] => {
    const known = unitNames.find(({ name }) => name.test(word));
    return known === undefined ? [] : [{ count: Number(count), unit: known.unit, times: known.times }];
  });
  return parts.length === found.length ? parts : null;
}

/** `+15m`, `14m-16m`, `14:15`, `next monday 9:15`: as the clock of a test counts. */
function meantMoment(written: string): string | null {
  const text = written.trim().toLowerCase();
  const [, from, to] = /^[+~]?(\d{1,6}[smhdw])\s*(?:-|–|to)\s*(\d{1,6}[smhdw])$/.exec(text) ?? [];
  if (from !== undefined && to !== undefined) return `${from}..${to}`;
  if (/^[+~]\d{1,6}[smhdw]$/.test(text)) return text.slice(1);
  const [, day, clock = ""] =
    /^(?:(?:next|on)?\s*(mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s*(?:at\s*)?)?(\d.*)$/.exec(text) ?? [];
  const time = clock.includes(":") ? meantTime(clock)?.replaceAll('"', "") : undefined;
  return time === undefined ? null : ["next", ...(day === undefined ? [] : [day]), time].join(" ");
}

/** `10`, `0.1`, `10 percent`. Of 1 nobody knows whether it is 1% or all. */
function meantShare(written: string): string | null {
  const [, digits, sign] = /^(\d{1,3}(?:\.\d{1,4})?)\s*(%|percent|per cent|pct)?$/i.exec(written.trim()) ?? [];
  const number = Number(digits);
  if (digits === undefined || number === 0 || (sign === undefined && number === 1)) return null;
  const percent = sign === undefined && number < 1 ? number * 100 : number;
  const rounded = Number(percent.toFixed(2));
  return rounded > 0 && rounded <= 100 ? `${rounded}%` : null;
}

/** `9`, `9:15`, `9.15`, `5pm`, `17h30`. */
function meantTime(written: string): string | null {
  const match = /^(\d{1,2})(?:(?::|\.|h)(\d{2})?(?::00)?)?\s*(am|pm|a\.m\.|p\.m\.)?$/i.exec(written.trim());
  if (match === null) return null;
  const [, hours = "", minutes = "00", half = ""] = match;
  const hour = Number(hours);
  if (half !== "" && (hour < 1 || hour > 12)) return null;
  const base = half === "" ? hour : hour % 12;
  const ofDay = half.toLowerCase().startsWith("p") ? base + 12 : base;
  return ofDay < 24 && Number(minutes) < 60 ? `"${String(ofDay).padStart(2, "0")}:${minutes}"` : null;
}

const signs: ReadonlyMap<string, string> = new Map([
  ["$", "USD"],
  ["€", "EUR"],
  ["£", "GBP"],
]);

/** `$50`, `50 usd`, `USD 50.00`, `1,000 EUR`. */
function meantMoney(written: string): string | null {
  const pattern = /^([A-Za-z]{3}|[$€£])?\s*(\d{1,3}(?:,\d{3})+|\d{1,9})(\.\d{1,6})?\s*([A-Za-z]{3}|[$€£])?$/;
  // Before four digits and more a comma is a decimal one.
  const match = pattern.exec(written.trim().replace(/,(?=\d{4,6}(?!\d))/, "."));
  if (match === null) return null;
  const [, before, whole = "", part = "", after] = match;
  const currency = before ?? after;
  if (currency === undefined || (before !== undefined && after !== undefined)) return null;
  return `${whole.replaceAll(",", "")}${part} ${signs.get(currency) ?? currency.toUpperCase()}`;
}
