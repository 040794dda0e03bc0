/** The headers with which a sender posts an event in structured mode, or a batch. For fakes and tests. */
export function structuredCloudEvents(token: string, batch = false): Readonly<Record<string, string>> {
  const mediaType = batch ? "application/cloudevents-batch+json" : "application/cloudevents+json";
  return { authorization: `Bearer ${token}`, "content-type": mediaType };
}

/** The headers of binary mode, in which the body is the event's data. */
export function binaryCloudEvent(
  token: string,
  attributes: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const headers = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, percentEncoded(value)] as const);
  return { authorization: `Bearer ${token}`, "content-type": "application/json", ...Object.fromEntries(headers) };
}

/** HTTP binding, section 3.1.3.2: space, quote, percent and what is not printable ASCII. */
function percentEncoded(text: string): string {
  return text.replace(/["%]|[^\x21-\x7e]+/g, (part) => encodeURIComponent(part));
}
