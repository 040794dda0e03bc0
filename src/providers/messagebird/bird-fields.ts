import { readFieldNames } from "../field-names.ts";
import type { Settings } from "../settings.ts";

/** Where the payload of a notice of Bird has what Heed reads. Bird documents its messages, and not what a notice has of them. */
const standard = {
  id: "id",
  sender: "sender",
  receiver: "receiver",
  body: "body",
  reference: "reference",
  status: "status",
  failure: "failure",
  channel: "channelId",
  written_at: "createdAt",
  status_at: "lastStatusAt",
};

export type BirdFields = typeof standard;

export function readBirdFields(section: Settings | null): BirdFields {
  return readFieldNames(section, standard);
}
