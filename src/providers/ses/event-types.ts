import type { Json, JsonObject } from "../../core/model/json.ts";
import { isJsonArray, isJsonObject } from "../../core/model/parse-json.ts";
import { unknownType } from "../event-parts.ts";

/** What SES calls it, and what Heed does, where the name alone says it. */
const eventTypes: ReadonlyMap<string, string> = new Map([
  ["Send", "email.processed"],
  ["Delivery", "email.delivered"],
  ["DeliveryDelay", "email.deferred"],
  ["Reject", "email.dropped"],
  ["Rendering Failure", "email.dropped"],
  ["Open", "email.opened"],
  ["Click", "email.clicked"],
]);

/** Events about the delivery itself, whose name is also the message's state. */
export const deliveryTypes: ReadonlySet<string> = new Set([
  "email.processed",
  "email.delivered",
  "email.deferred",
  "email.bounced",
  "email.blocked",
  "email.dropped",
]);

export function eventTypeOf(name: string, block: JsonObject): string {
  // What is not permanent is a full mailbox, a refusal of the content, or an out-of-office note that SES took for one.
  if (name === "Bounce") return block["bounceType"] === "Permanent" ? "email.bounced" : "email.blocked";
  // Feedback is not always a complaint: somebody may have taken a mail out of the spam folder.
  if (name === "Complaint") {
    const praise = ["not-spam", "auth-failure"].some((type) => type === block["complaintFeedbackType"]);
    return praise ? unknownType : "email.complained";
  }
  if (name === "Subscription") {
    return optsOut(block["newTopicPreferences"]) ? "email.unsubscribed" : "email.resubscribed";
  }
  return eventTypes.get(name) ?? unknownType;
}

/** Whoever leaves any topic is not written to: nobody here knows which topic a rule would belong to. */
function optsOut(preferences: Json | undefined): boolean {
  if (!isJsonObject(preferences) || preferences["unsubscribeAll"] === true) return true;
  const topics = preferences["topicSubscriptionStatus"];
  return isJsonArray(topics) && topics.some((topic) => isJsonObject(topic) && topic["subscriptionStatus"] === "OptOut");
}
