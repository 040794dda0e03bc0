import { expect, it } from "vitest";
import { createHeldBodies } from "../../src/ingest/held-bodies.ts";

const limits = { bodyBytes: 100, heldBytes: 250, heldLargeBytes: 1_000 };

it("bodies take their place until it is given back, once", () => {
  const held = createHeldBodies(limits);
  const [first, second] = [held.take(100), held.take(100)];
  expect(held.take(51)).toBeNull();
  expect(held.take(50)).not.toBeNull();
  first?.();
  first?.();
  expect(held.take(100)).not.toBeNull();
  expect(held.take(1)).toBeNull();
  second?.();
  expect(held.take(100)).not.toBeNull();
});

it("large bodies and usual ones keep nobody of the other kind out", () => {
  const held = createHeldBodies(limits);
  expect(held.take(1_000)).not.toBeNull();
  expect(held.take(101)).toBeNull();
  for (const bytes of [100, 100, 50]) expect(held.take(bytes)).not.toBeNull();
  expect(held.take(1)).toBeNull();
});

it("what is larger than all of the room gets in alone", () => {
  const held = createHeldBodies(limits);
  const release = held.take(5_000);
  expect(release).not.toBeNull();
  expect(held.take(101)).toBeNull();
  release?.();
  expect(held.take(900)).not.toBeNull();
  expect(held.take(5_000)).toBeNull();
});
