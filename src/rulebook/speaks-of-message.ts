import { statusOfEvent } from "../core/model/message-state.ts";
import type { EventCatalogue } from "./event-catalogue.ts";
import { isFields } from "./shape.ts";

/** Whether events of a type say of which message they speak, as far as that is known. */
type Speaks = "yes" | "no" | "hardly";

const field = "message_id";
/** A text of a person has an id of its own, which no other event has. */
const inbound: ReadonlySet<string> = new Set(["sms.received", "sms.opted_out", "sms.opted_in", "sms.help"]);

function speaks(type: string, events: EventCatalogue): Speaks {
  if (inbound.has(type) || /^(?:contact|consent)\./.test(type)) return "no";
  if (statusOfEvent(type) !== null || type.startsWith("email.")) return "yes";
  // An event of one's own may name a message; one whose data is declared without it does not seem to.
  const data = events.dataOf(type);
  return isFields(data) && !data.fields.has(field) ? "hardly" : "yes";
}

/** Of types of which none speaks of a message, how surely and what to call them; null when one may. */
export function silentOnMessages(
  types: readonly string[],
  events: EventCatalogue,
): { readonly surely: boolean; readonly named: string } | null {
  const all = new Set(types.map((type) => speaks(type, events)));
  if (all.has("yes")) return null;
  return { surely: !all.has("hardly"), named: types.map((type) => `\`${type}\``).join(" or ") };
}
