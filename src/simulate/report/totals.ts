import type { CaseResult } from "../run-tests.ts";

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export function totalsOf(cases: readonly CaseResult[]): Totals {
  const of = (status: CaseResult["outcome"]["status"]): number =>
    cases.filter(({ outcome }) => outcome.status === status).length;
  return { passed: of("passed"), failed: of("failed"), skipped: of("skipped") };
}

/** `7 passed, 1 failed`: what there is none of is left out, but for what passed. */
export function totalsText({ passed, failed, skipped }: Totals): string {
  const parts = [
    `${passed} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  return parts.join(", ");
}

/** The cases of each test file, in the order in which they ran. */
export function byFile(cases: readonly CaseResult[]): ReadonlyMap<string, readonly CaseResult[]> {
  const files = new Map<string, CaseResult[]>();
  for (const result of cases) files.set(result.file, [...(files.get(result.file) ?? []), result]);
  return files;
}
