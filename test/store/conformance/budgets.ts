import { describe, expect, it } from "vitest";
import { openedPlace } from "./harness.ts";
import type { Harness } from "./harness.ts";

const WINDOW = { from: 1_000, to: 2_000 };

export function describeBudgets(harness: Harness): void {
  describe("budgets", () => {
    it("24. never hands out more than the limit of a window, however many ask at once", async ({ onTestFinished }) => {
      const { place, store } = await openedPlace(onTestFinished, harness);
      const other = harness.manyConnections ? await place.open() : store;
      const answers = await Promise.all(
        Array.from({ length: 24 }, (_, index) => (index % 2 === 0 ? store : other).take("sms", WINDOW, 50, 3)),
      );
      expect(answers.reduce((sum, answer) => sum + answer, 0)).toBe(50);
      expect(Math.max(...answers)).toBe(3);
      expect(await store.take("sms", WINDOW, 50, 1)).toBe(0);
    });

    it("24. grants what is left when less is left than wanted, and more when the limit is raised", async ({
      onTestFinished,
    }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      expect(await store.take("sms", WINDOW, 5, 4)).toBe(4);
      expect(await store.take("sms", WINDOW, 5, 4)).toBe(1);
      expect(await store.take("sms", WINDOW, 3, 4)).toBe(0);
      expect(await store.take("sms", WINDOW, 8, 4)).toBe(3);
    });

    it("25. starts afresh in a new window and for another budget", async ({ onTestFinished }) => {
      const { store } = await openedPlace(onTestFinished, harness);
      expect(await store.take("sms", WINDOW, 2, 2)).toBe(2);
      expect(await store.take("sms", { from: 2_000, to: 3_000 }, 2, 2)).toBe(2);
      expect(await store.take("sms", { from: 1_000, to: 3_000 }, 2, 2)).toBe(2);
      expect(await store.take("e-mail: all of it > *", WINDOW, 2, 2)).toBe(2);
    });

    if (harness.survivesReopening) {
      it("25. remembers what was taken when the store is opened again", async ({ onTestFinished }) => {
        const clockless = { from: Date.now(), to: Date.now() + 86_400_000 };
        const { place, store } = await openedPlace(onTestFinished, harness);
        expect(await store.take("sms", clockless, 10, 7)).toBe(7);
        await store.close();
        const again = await place.open();
        expect(await again.take("sms", clockless, 10, 7)).toBe(3);
      });
    }
  });
}
