import twilioSdk from "twilio";

/** How a call speaks, in Twilio's own words; null where Twilio's default will do. */
export interface Voice {
  readonly name: string | null;
  readonly language: string | null;
  readonly machineDetection: string | null;
}

/** What Twilio takes as `Twiml` of a call, in characters. */
export const maxTwiml = 4_000;

/** TwiML that says the text and hangs up. The SDK escapes it; what XML 1.0 has no way to write, nobody can say either. */
export function speech(text: string, { name, language }: Voice): string {
  const sayable = text.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, " ");
  const response = new twilioSdk.twiml.VoiceResponse();
  // The SDK's types know the voices and languages of its own release only; a name is Twilio's to judge.
  const attributes: object = { ...(name !== null && { voice: name }), ...(language !== null && { language }) };
  response.say(attributes, sayable);
  return response.toString();
}
