import { startTwilioFake } from "../../src/providers/twilio/fake.ts";
import { sentAt, TWILIO } from "./stream-scene.ts";

/** A vendor in a process of its own: it takes messages as Twilio's API does, and knows how long each was on its way. */
const arrivals: bigint[] = [];
const fake = await startTwilioFake({
  ...TWILIO,
  // Asked once for each message, at the moment it is taken.
  now() {
    arrivals.push(process.hrtime.bigint());
    return Date.now();
  },
});
let seen = 0;

process.send?.({ url: fake.url });
process.on("message", () => {
  const milliseconds = fake.messages.slice(seen).flatMap(({ body }, index) => {
    const sent = sentAt(body);
    const arrived = arrivals[seen + index];
    return sent === null || arrived === undefined ? [] : [Number(arrived - sent) / 1e6];
  });
  seen = fake.messages.length;
  process.send?.({ milliseconds });
});
process.once("disconnect", () => process.exit());
