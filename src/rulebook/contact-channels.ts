import { reachesContact } from "../core/model/rulebook.ts";
import type { Step } from "./rule-file.generated.ts";
import type { Channel, WorkspaceFile } from "./workspace-file.generated.ts";

export interface NamedChannel {
  readonly name: string;
  readonly channel: Channel;
}

/** The channels by which a step may reach the contact. One that heed.yaml does not know is none. */
export function contactChannelsOf(step: Step, { channels }: WorkspaceFile): readonly NamedChannel[] {
  if (!("send" in step)) return [];
  const names = typeof step.send === "string" ? [step.send] : step.send;
  return names.flatMap((name) => {
    const channel = Object.hasOwn(channels, name) ? channels[name] : undefined;
    return channel !== undefined && reachesContact(channel.kind) ? [{ name, channel }] : [];
  });
}
