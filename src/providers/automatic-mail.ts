/** Mail that nobody wrote in answer to us: a machine's answer, a mail that came back, a list's copy, one of our own. */
export type AutomaticMail = "auto_reply" | "bounce" | "mailing_list" | "own";

/** What tells mail of machines from mail of people. */
export interface MailSigns {
  /** The first value of each header, by its name in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** In lower case; empty when it could not be read. */
  readonly sender: string;
  readonly subject: string;
  /** The sender of the envelope; empty is what programs give that want no answer. Null when the vendor does not say. */
  readonly returnPath: string | null;
}

/**
 * How out-of-office notes and automatic answers call themselves at the beginning of their subjects, without accents.
 * A person who answers to one has `Re:` before it.
 */
const automaticSubjects = [
  "automatic reply",
  "automatic response",
  "auto reply",
  "auto-reply",
  "autoreply",
  "auto response",
  "auto-response",
  "autoresponse",
  "out of office",
  "out of the office",
  "out-of-office",
  "on vacation",
  "abwesenheitsnotiz",
  "abwesenheit:",
  "automatische antwort",
  "automatische ruckantwort",
  "reponse automatique",
  "absence du bureau",
  "absent du bureau",
  "respuesta automatica",
  "fuera de la oficina",
  "ausente de la oficina",
  "risposta automatica",
  "fuori sede",
  "fuori ufficio",
  "resposta automatica",
  "fora do escritorio",
  "automatisch antwoord",
  "afwezigheidsbericht",
  "automatyczna odpowiedz",
  "odpowiedz automatyczna",
  "autosvar",
  "automatiskt svar",
  "automatisk svar",
  "automaattinen vastaus",
  "automaticka odpoved",
  "自動応答",
  "自動返信",
  "自动回复",
  "自動回覆",
].map(fold);

const bouncingSenders = /^(?:mailer-daemon|postmaster|bounces?)@/;
const machineSenders = /^(?:no-?_?reply|do-?_?not-?_?reply|noreply-[^@]*)@/;

/** Null for mail of a person, as far as anybody can tell. */
export function automaticMail(signs: MailSigns): AutomaticMail | null {
  const header = (name: string) => signs.headers.get(name)?.trim().toLowerCase() ?? "";
  const type = header("content-type");
  if (header("x-failed-recipients") !== "" || bouncingSenders.test(signs.sender)) return "bounce";
  if (type.startsWith("multipart/report") && !type.includes("disposition-notification")) return "bounce";
  if (["list-id", "list-post"].some((name) => header(name) !== "")) return "mailing_list";
  return isMachine(signs, header) ? "auto_reply" : null;
}

/** RFC 3834, and what programs did before and do in spite of it. */
function isMachine({ sender, subject, returnPath }: MailSigns, header: (name: string) => string): boolean {
  const says = (name: string) => !["", "no"].includes(header(name));
  return (
    (header("auto-submitted") !== "" && !header("auto-submitted").startsWith("no")) ||
    ["x-autoreply", "x-autorespond", "x-autoresponder"].some(says) ||
    /^(?:bulk|junk|list|auto[-_]?reply)\b/.test(header("precedence")) ||
    /\b(?:all|oof|autoreply)\b/.test(header("x-auto-response-suppress")) ||
    header("content-type").startsWith("multipart/report") ||
    returnPath?.replace(/[<>\s]/g, "") === "" ||
    machineSenders.test(sender) ||
    automaticSubjects.some((words) => fold(subject).startsWith(words))
  );
}

/** In lower case and without accents. */
function fold(text: string): string {
  return text.trim().slice(0, 200).normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
