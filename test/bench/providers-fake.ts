/** A vendor's fake in a process of its own, so that its work is not counted as ours. Started by `providers.ts`. */
import { systemClock } from "../../src/cli/system-clock.ts";
import { providerRegistry } from "../../src/providers/registry.ts";

const [name = "", door = ""] = process.argv.slice(2);
const load = providerRegistry.get(name)?.fake;
if (load === undefined) throw new Error(`expected a provider with a fake, found "${name}"`);
const vendor = await load();
const context = { settings: {}, port: 0, clock: systemClock, door: () => door, tell: () => undefined };
const { settings } = await vendor.start(context);
process.send?.(settings);
// The parent ends it.
process.on("disconnect", () => process.exit());
