import { isJsonObject } from "../../core/model/parse-json.ts";
import { recipientOf } from "./fake-message.ts";
import type { SendGridFakeMessage } from "./fake-message.ts";

const boundary = "xYzZY";
export const mailContentType = `multipart/form-data; boundary=${boundary}`;

/** What somebody writes back to a mail, as Inbound Parse posts it. Null when nobody could. */
export function replyTo({ id, mail }: SendGridFakeMessage, serial: number): string | null {
  const them = recipientOf(mail);
  const us = isJsonObject(mail["from"]) ? mail["from"]["email"] : undefined;
  if (them === null || typeof us !== "string") return null;
  const subject = typeof mail["subject"] === "string" ? `Re: ${mail["subject"]}` : "Re:";
  const headers = [
    `From: ${them}`,
    `To: ${us}`,
    `Subject: ${subject}`,
    `Message-ID: <${id}-${serial}@mail.example.com>`,
    `In-Reply-To: <${id}@geopod-ismtpd-fake>`,
  ];
  const charsets = { to: "UTF-8", from: "UTF-8", subject: "UTF-8", text: "UTF-8" };
  return formOf({
    headers: `${headers.join("\n")}\n`,
    to: us,
    from: them,
    subject,
    text: "Can you tell me more?",
    envelope: JSON.stringify({ to: [us], from: them }),
    charsets: JSON.stringify(charsets),
    SPF: "pass",
  });
}

function formOf(fields: Readonly<Record<string, string>>): string {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  return `${parts.join("")}--${boundary}--\r\n`;
}
