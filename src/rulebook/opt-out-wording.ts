import { optOutKeyword } from "../core/model/opt-out-keywords.ts";
import { literalsOf } from "../templates/literals-of.ts";
import { optOutWords } from "./opt-out-words.ts";
import type { Text } from "./parsed-workspace.ts";
import type { WorkspaceFile } from "./workspace-file.generated.ts";

/** Whether a text of the workspace does so, or cannot be read: then nobody knows what it says, and it is told as that. */
export function mayTellHowToOptOut({ source, kind }: Text, { opt_out: optOut }: WorkspaceFile): boolean {
  const literals = literalsOf(source, kind);
  const keywords = optOutWords(optOut?.keywords).map(({ word }) => word);
  return literals === null || hasOptOutWording(literals.map(({ text }) => text).join(" "), keywords);
}

/**
 * Whether a text tells its reader how to opt out: `Reply STOP to opt out`, `Antworten Sie mit STOPP`, a keyword of the
 * workspace in such a place, or the word unsubscribe itself. A keyword that is only a word of a sentence (`don't stop
 * now`) tells nobody anything.
 */
export function hasOptOutWording(text: string, keywords: readonly string[]): boolean {
  return text.split(/(?<=[.!?;])\s+|\n+/).some((sentence) => instructs(sentence, keywords));
}

function instructs(sentence: string, keywords: readonly string[]): boolean {
  if (unsubscribe.test(fold(sentence))) return true;
  const words = wordsOf(sentence);
  const answers = words.some(({ text }) => isAnswer(text));
  return words.some((word, index) => {
    const isKeyword = [1, 2].some((count) => {
      const run = words.slice(index, index + count);
      return run.length === count && optOutKeyword(run.map(({ text }) => text).join(" "), keywords) === "stop";
    });
    if (!isKeyword) return false;
    const before = words[index - 1];
    const after = words[index + 1];
    if (before !== undefined && isAnswer(before.text)) return true;
    return stands(word) && (answers || word.introduced || (after !== undefined && purposes.has(fold(after.text))));
  });
}

interface Word {
  readonly text: string;
  readonly quoted: boolean;
  /** Behind a colon, or before an equals sign. */
  readonly introduced: boolean;
}

function wordsOf(sentence: string): readonly Word[] {
  return Array.from(sentence.matchAll(/[\p{L}\p{M}\p{N}]+/gu), ({ 0: text, index }) => {
    const end = index + text.length;
    return {
      text,
      quoted: /["'“„«‘]/.test(sentence.charAt(index - 1)) && /["'”“»’]/.test(sentence.charAt(end)),
      introduced: beside(sentence, index - 1, -1) === ":" || /[=:]/.test(beside(sentence, end, 1)),
    };
  });
}

/** The next character from there that is no space; spaces stand between two words, so that each is passed over twice. */
function beside(sentence: string, from: number, step: 1 | -1): string {
  let at = from;
  while (/^\s$/.test(sentence.charAt(at))) at += step;
  return sentence.charAt(at);
}

/** Written so that it is seen as a word to send. */
function stands({ text, quoted }: Word): boolean {
  return quoted || (text.length > 1 && text === text.toUpperCase() && text !== text.toLowerCase());
}

function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** What the act is called wherever it is named at all. */
const unsubscribe =
  /\b(?:unsubscribe|unsub|opt(?:ing)?[\s-]?out|optout|abmelden|abbestellen|desabonner|desinscrire|desinscription|darse de baja|cancelar (?:la )?suscripcion|descadastrar|disiscriver\w*|afmelden|uitschrijven|avregistrera|afmeld|wypisac|zrezygnowac)\b|отписаться|відписатися/;

/** How people are asked to answer, by the beginnings of the words: English, German, French, Spanish and Portuguese, Italian, Dutch, the Nordic languages, Polish, Czech, Turkish, Russian and Ukrainian. */
const answerWords =
  /^(?:reply|text|txt|send|answer|respond|type|write|antwort|send|schick|schreib|sms|repond|envoy|respond|responda|contest|envi|mand|rispond|invi|scriv|antwoord|beantwoord|stuur|svar|skick|vasta|lahet|odpowiedz|wyslij|odpov|posl|yanit|gonder|ответ|отправ|відпов|надішл)/;

function isAnswer(word: string): boolean {
  return answerWords.test(fold(word));
}

/** What may follow the keyword: `STOP to end`. */
const purposes: ReadonlySet<string> = new Set([
  "to",
  "2",
  "for",
  "pour",
  "para",
  "per",
  "zum",
  "um",
  "for",
  "att",
  "til",
  "aby",
  "om",
  "voor",
]);
