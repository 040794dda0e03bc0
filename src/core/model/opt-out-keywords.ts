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
  const word = fold(withoutSignature(text));
  if (word === "") return null;
  if (stopWords.has(word) || foldedWords(extra).has(word) || isRepeatedStop(text, extra)) return "stop";
  if (startWords.has(word)) return "start";
  if (helpWords.has(word)) return "help";
  return word === "yes" ? "yes" : null;
}

/**
 * What reads like an opt-out inside a longer message, in folded words. No reasonable person would read on, and no list
 * of words decides it: these messages are for a person to judge (47 CFR 64.1200(a)(10)). `stop by`, `cancel my
 * appointment` and their like are not among them.
 */
const phrases: readonly string[] = [
  "please stop",
  "stop texting",
  "stop messaging",
  "stop sending",
  "stop emailing",
  "stop mailing",
  "stop writing",
  "stop calling",
  "stop contacting",
  "stop spamming",
  "stop please",
  "stop now",
  "stop all",
  "stop thanks",
  "stop thank you",
  "stop texts",
  "stop messages",
  "stop emails",
  "stop email",
  "stop mails",
  "stop calls",
  "i said stop",
  "quit texting",
  "quit messaging",
  "revoke my consent",
  "revoke consent",
  "do not text",
  "do not message",
  "do not contact",
  "do not email",
  "do not call",
  "do not write",
  "dont text",
  "dont message",
  "dont contact",
  "dont email",
  "dont call",
  "dont write",
  "no more texts",
  "no more messages",
  "no more emails",
  "opt me out",
  "opt out",
  "remove me",
  "remove my",
  "please remove",
  "unsub",
  "unsubscribe now",
  "arreter",
  "arretez",
  "unsubscribe me",
  "unsubscribe please",
  "please unsubscribe",
  "want to unsubscribe",
  "take me off",
  "leave me alone",
  "delete my number",
  "lose my number",
  "wrong number",
];

/** Whether `text` may be an opt-out that no keyword is: it contains one of the phrases, or of the workspace's own `extra`. */
export function mayBeOptOut(text: string, extra: readonly string[]): boolean {
  if (/^\s*(?:\u{1F6D1}\u{FE0F}?\s*)+$/u.test(text)) return true;
  const words = ` ${foldWords(text)} `;
  return [...phrases, ...extra.map(foldWords)].some((phrase) => phrase !== "" && words.includes(` ${phrase} `));
}

/** STOP, said more than once. */
function isRepeatedStop(text: string, extra: readonly string[]): boolean {
  const [first = "", ...others] = foldWords(withoutSignature(text)).split(" ");
  const isStop = stopWords.has(first) || foldedWords(extra).has(first);
  return isStop && others.every((word) => word === first);
}

/** Phones add it by themselves. */
function withoutSignature(text: string): string {
  return text.replace(/\n\s*(sent from|envoyé de|von meinem|enviado desde)\b.*$/is, "");
}

const foldedKept = new WeakMap<readonly string[], ReadonlySet<string>>();

/** A workspace's own words are asked for with every text. */
function foldedWords(words: readonly string[]): ReadonlySet<string> {
  const folded = foldedKept.get(words) ?? new Set(words.map(fold));
  foldedKept.set(words, folded);
  return folded;
}

/** Words with one space between. An apostrophe is part of its word: `don't` is `dont`. */
function foldWords(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/[\p{M}'’]/gu, "")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim()
    .toLowerCase();
}

/** Compatibility decomposition first, so that accents become marks of their own and fall away with the punctuation. */
function fold(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/[^\p{L}\p{N}]/gu, "")
    .toLowerCase();
}
