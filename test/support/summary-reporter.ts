import type { Reporter, TestModule } from "vitest/node";

/**
 * Prints the totals alone on the last line: `12 passed, 0 failed`, with `, 1 skipped` only when there is one. A file
 * that could not be loaded and an error outside of any test each count as one failure, so the line is never
 * better news than the exit code.
 */
export class SummaryReporter implements Reporter {
  #line = "";

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const passed = tests.filter((test) => test.result().state === "passed").length;
    const skipped = tests.filter((test) => test.result().state === "skipped").length;
    const broken = modules.filter((module) => module.state() === "failed" && everyTestPassed(module)).length;
    const failed = tests.length - passed - skipped + broken + unhandledErrors.length;
    this.#line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
    // Other reporters and the end of the global set-up still print; the last word is at the exit. In watch mode there
    // is none, and a line per run is what one wants anyway.
    process.removeListener("exit", this.#print);
    process.once("exit", this.#print);
  }

  readonly #print = (): void => {
    process.stdout.write(`${this.#line}\n`);
  };
}

/** A hook that failed, or an import: no test of the file says so. */
function everyTestPassed(module: TestModule): boolean {
  return [...module.children.allTests()].every((test) => test.result().state !== "failed");
}
