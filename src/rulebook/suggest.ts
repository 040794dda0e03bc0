/** Words that people write for others: from the tools they come from, and from plain language. */
const synonyms: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    when: ["guard", "where", "given"],
    if: ["guard", "when", "where"],
    guard: ["when", "where"],
    condition: ["guard", "where", "when"],
    conditions: ["guard", "where", "when"],
    filter: ["where"],
    wait: ["delay"],
    after: ["delay"],
    delay: ["wait", "arrives"],
    sleep: ["wait", "delay"],
    id: ["rule"],
    name: ["rule", "workspace"],
    type: ["class", "kind", "event"],
    category: ["class"],
    steps: ["actions"],
    action: ["actions"],
    then: ["do", "actions", "expect"],
    do: ["then", "actions"],
    on: ["trigger", "event"],
    events: ["event"],
    cancel_on: ["stop_on"],
    exit_on: ["stop_on"],
    until: ["stop_on"],
    limit: ["caps", "max"],
    limits: ["caps"],
    cap: ["caps"],
    frequency: ["caps", "rate"],
    count: ["max"],
    window: ["within"],
    period: ["within"],
    timezone: ["time_zone"],
    tz: ["time_zone"],
    sender: ["from"],
    body: ["text", "html"],
    message: ["text"],
    content: ["text"],
    title: ["subject", "name"],
    channel: ["send"],
    expected: ["expect"],
    throttle: ["rate"],
    active: ["enabled"],
    disabled: ["enabled"],
    ttl: ["expires"],
    team: ["owner"],
    "=": ["is"],
    "==": ["is"],
    "===": ["is"],
    "!=": ["not"],
    "!==": ["not"],
    "<>": ["not"],
    ">": ["gt"],
    ">=": ["gte"],
    "<": ["lt"],
    "<=": ["lte"],
    eq: ["is"],
    equals: ["is"],
    equal: ["is"],
    ne: ["not"],
    not_equals: ["not"],
    is_not: ["not"],
    one_of: ["in"],
    any_of: ["in"],
    none_of: ["not_in"],
    includes: ["contains"],
    like: ["contains"],
    matches: ["contains"],
    regex: ["matches", "contains"],
    pattern: ["matches", "contains"],
    greater_than: ["gt"],
    less_than: ["lt"],
    at_least: ["gte"],
    at_most: ["lte"],
    prefix: ["starts_with"],
    suffix: ["ends_with"],
    present: ["exists"],
    text: ["sms", "string"],
    mail: ["email"],
    user: ["contact"],
    person: ["contact"],
    customer: ["contact"],
    payload: ["data", "event"],
    properties: ["data"],
    add_tag: ["tag"],
    remove_tag: ["untag"],
    fire: ["emit"],
    update: ["set"],
    date: ["time"],
    datetime: ["time"],
    timestamp: ["time"],
    float: ["number"],
    double: ["number"],
    decimal: ["number"],
    money: ["number"],
    list: ["[string]"],
    array: ["[string]"],
    dry_run: ["shadow"],
    test: ["shadow"],
    always: ["parallel"],
    never: ["ignore", "none"],
    everything: ["all"],
    all: ["all_marketing"],
    daily: ["day"],
    postpone: ["defer", "hold"],
    hold: ["defer"],
    defer: ["hold"],
    discard: ["drop"],
    reject: ["drop"],
    postgresql: ["postgres"],
    else: ["otherwise"],
    on_timeout: ["otherwise"],
    default: ["otherwise"],
    control_group: ["holdout"],
    control: ["holdout"],
    sent: ["was_sent"],
    not_sent: ["was_not_sent"],
  }).map(([word, meant]) => [normalized(word), meant]),
);

/** The known word that was most likely meant, or null when nothing is near. */
export function suggest(word: string, known: readonly string[]): string | null {
  const synonym = (synonyms.get(normalized(word)) ?? []).find((candidate) => known.includes(candidate));
  const [best] = known
    .flatMap((candidate) => {
      const most = Math.max(1, Math.floor(Math.min(word.length, candidate.length) / 3));
      const far = nearness(word, candidate, most);
      return far <= most ? [{ candidate, distance: far }] : [];
    })
    .toSorted((a, b) => a.distance - b.distance);
  // A word of its own is no slip of the pen for another: `then` is `do`, though `when` is nearer.
  if (best !== undefined && (best.distance === 0 || synonym === undefined)) return best.candidate;
  return synonym ?? beginningOf(word, known);
}

/** The one known word that begins with this one, or with which this one begins: `monday`, `bool`. */
function beginningOf(word: string, known: readonly string[]): string | null {
  const letters = normalized(word);
  const near = known.filter((candidate) => {
    const other = normalized(candidate);
    return Math.min(letters.length, other.length) >= 3 && (letters.startsWith(other) || other.startsWith(letters));
  });
  return near.length === 1 ? (near[0] ?? null) : null;
}

/** Case and separators are slips of the pen: `quietHours` is `quiet_hours`. What is further than `most` is infinitely far. */
function nearness(word: string, candidate: string, most: number): number {
  const [letters, others] = [normalized(word), normalized(candidate)];
  const far = within(letters, others, most);
  // Mostly there is nothing but letters in both.
  return letters === word && others === candidate ? far : Math.min(far, within(word, candidate, most));
}

/** The distance at least is the difference of the lengths, which is known at once. */
function within(a: string, b: string, most: number): number {
  return Math.abs(a.length - b.length) > most ? Number.POSITIVE_INFINITY : distance(a, b);
}

function normalized(word: string): string {
  return word.toLowerCase().replace(/[\s_.-]/g, "");
}

/** Words longer than this are no slip of the pen. */
const maxLength = 80;

/** Optimal string alignment: insertions, deletions, replacements and neighbours changing places, each counted once. */
export function distance(a: string, b: string): number {
  if (a === b) return 0;
  if (a.length > maxLength || b.length > maxLength) return Number.POSITIVE_INFINITY;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(at(last, j) + 1, at(row, j - 1) + 1, replaced);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(at(row, j), at(before, j - 2) + 1);
    }
    before = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}

/**
 * The known word of which this one is surely a slip of the pen: one letter, or case and separators, and no other word
 * as near. Words of three letters and less are too near to everything.
 */
export function slipOf(word: string, known: readonly string[]): string | null {
  if (word.length < 4) return null;
  const near = known.filter((candidate) => nearness(word, candidate, 1) <= 1);
  const [only] = near;
  return near.length === 1 && only !== undefined && suggest(word, known) === only ? only : null;
}

export function didYouMean(word: string, known: readonly string[]): string | null {
  const best = suggest(word, known);
  return best === null ? null : `did you mean \`${best}\`?`;
}
