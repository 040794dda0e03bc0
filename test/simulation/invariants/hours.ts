import type { Contact } from "../../../src/core/model/contact.ts";
import type { Violate, Watch } from "../sightings.ts";
import { beganCalls, type Calling } from "./calls.ts";

/**
 * I5, the hours: no call begins outside of its rule's window or in quiet hours, on the wall clock of where the contact
 * is. Read from the platform's calendar, and written down here once more: what the simulation's rules say of hours.
 */
export function hours(violate: Violate): Watch {
  return {
    see(sighting) {
      if (sighting.kind !== "committed") return;
      for (const intent of beganCalls(sighting)) {
        if (intent.state.message.to === null) continue;
        const { day, minute } = wallClock(intent.lastCallAt ?? 0, zoneOf(sighting.after));
        const told = `${intent.rule} spoke to ${sighting.key} on a ${day} at minute ${minute}`;
        if (isQuiet(intent, minute)) violate(`${told}, in quiet hours`);
        if (intent.rule === "office" && !isOfficeHour(day, minute)) violate(`${told}, outside of its window`);
      }
    },
  };
}

/** From 21:00 to 08:00, for marketing by text message. */
function isQuiet(intent: Calling, minute: number): boolean {
  return intent.class === "marketing" && intent.channel === "sms" && (minute >= 21 * 60 || minute < 8 * 60);
}

function isOfficeHour(day: string, minute: number): boolean {
  return day !== "Sat" && day !== "Sun" && minute >= 9 * 60 + 15 && minute < 17 * 60;
}

/** All phones of the simulation are in the workspace's zone. */
function zoneOf({ attributes }: Contact): string {
  const own = attributes["time_zone"];
  return typeof own === "string" ? own : "America/New_York";
}

const formats = new Map<string, Intl.DateTimeFormat>();

function wallClock(at: number, zone: string): { readonly day: string; readonly minute: number } {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
  formats.set(zone, format);
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return { day: parts.get("weekday") ?? "", minute: Number(parts.get("hour")) * 60 + Number(parts.get("minute")) };
}
