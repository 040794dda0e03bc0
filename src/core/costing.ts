import type { Channel, Money, Price } from "./model/rulebook.ts";
import { countSegments } from "./segments.ts";

/** What a message through this channel costs by the workspace's own prices; null where none is written down. */
export function costOf(channel: Channel, to: string | null, content: Readonly<Record<string, string>>): Money | null {
  const { price } = channel;
  if (price === null) return null;
  const { micros, currency } = priceFor(price, to);
  const times = price.per === "segment" ? countSegments(content["text"] ?? "").count : 1;
  return { micros: micros * times, currency };
}

/** The longest prefix of the number that has a price of its own. */
function priceFor({ usual, prefixes }: Price, to: string | null): Money {
  let longest = "";
  for (const prefix of prefixes.keys()) {
    if (to?.startsWith(prefix) === true && prefix.length > longest.length) longest = prefix;
  }
  return prefixes.get(longest) ?? usual;
}
