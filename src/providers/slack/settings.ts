import type { Settings } from "../settings.ts";

/** Whoever knows the URL of an incoming webhook may post to its channel: they are secrets. */
export interface SlackSettings {
  /** Of channels without one of their own; null when there is none. */
  readonly url: string | null;
  readonly byChannel: ReadonlyMap<string, string>;
  readonly timeoutMs: number;
}

export function readSlackSettings(settings: Settings): SlackSettings {
  const url = settings.url("url");
  const channels = [...settings.sections("channels")];
  if (url === null && channels.length === 0) {
    settings.report("url", "is required: the URL of an incoming webhook, or one for each channel under channels");
  }
  const byChannel = channels.map(([name, channel]): [string, string] => {
    const own = channel.url("url");
    if (own === null) channel.report("url", "is required: the URL of this channel's incoming webhook");
    return [name, own ?? ""];
  });
  return { url, byChannel: new Map(byChannel), timeoutMs: settings.duration("timeout") };
}
