/**
 * The words that end, resume or explain a subscription when they are a person's whole message. Law and carriers agree
 * on the idea and differ in the words, so this is the union: 47 CFR 64.1200(a)(10) (stop, quit, end, revoke, opt out,
 * cancel, unsubscribe), the CTIA messaging principles, Twilio's defaults (stopall, optout), the words that AWS requires
 * for Canada (arret, remove, td), and the German `stopp`. A word inside a sentence is never a keyword: that message is
 * a reply, and replies have rules of their own.
 */
const stopWords: ReadonlySet<string> = new Set([
  "stop",
  "stopall",
  "stopp",
  "unsubscribe",
  "cancel",
  "end",
  "quit",
  "revoke",
  "optout",
  "remove",
  "arret",
  "td",
]);
const startWords: ReadonlySet<string> = new Set(["start", "unstop"]);
const helpWords: ReadonlySet<string> = new Set(["help", "info"]);

/** `yes` stands apart: it resumes only after a STOP, which this function cannot know; otherwise it is a reply. */
export type OptOutKeyword = "stop" | "start" | "yes" | "help";

/**
 * Which keyword the whole of `text` is, ignoring case, spaces, punctuation, emoji and accents (`Stop.`, `S T O P`,
 * `OPT-OUT`, `arrêt`, full-width letters); null when it is none. `extra` are the workspace's own opt-out words.
 */
export function optOutKeyword(text: string, extra: readonly string[]): OptOutKeyword | null {
  const word = fold(text);
  if (word === "") return null;
  if (stopWords.has(word) || foldedWords(extra).has(word)) return "stop";
  if (startWords.has(word)) return "start";
  if (helpWords.has(word)) return "help";
  return word === "yes" ? "yes" : null;
}

const foldedKept = new WeakMap<readonly string[], ReadonlySet<string>>();

/** A workspace's own words are asked for with every text. */
function foldedWords(words: readonly string[]): ReadonlySet<string> {
  const folded = foldedKept.get(words) ?? new Set(words.map(fold));
  foldedKept.set(words, folded);
  return folded;
}

/** Compatibility decomposition first, so that accents become marks of their own and fall away with the punctuation. */
function fold(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/[^\p{L}\p{N}]/gu, "")
    .toLowerCase();
}
