import type { Scalar } from "yaml";
import type { Problem } from "./problem.ts";
import { problemIn, rangeAt, type SourceFile } from "./source-file.ts";

/**
 * Numbers that YAML reads otherwise than people do: `+12025550100` loses its plus, `0123` its zero, long ids their last
 * digits. None of them is ever meant as a number in a workspace.
 */
export function numberTrap(source: SourceFile, scalar: Scalar): Problem | null {
  if (typeof scalar.value !== "number") return null;
  const [start = 0, end = start] = scalar.range ?? [];
  const written = source.text.slice(start, end);
  const why = surprise(written, scalar.value);
  if (why === null) return null;
  const range = rangeAt(source, start, end);
  return problemIn(source, {
    code: "HEED011",
    message: `\`${written.slice(0, 40)}\` would be read as a number, ${why}`,
    help: Number.isFinite(scalar.value)
      ? `quote it: "${written.slice(0, 40)}"`
      : `write a number in digits, or quote it if it is a text: "${written.slice(0, 40)}"`,
    range,
    // Only what can be nothing but a phone number or an id is surely a text.
    fix: { safe: /^(?:\+\d{7,15}|\d{16,})$/.test(written), edits: [{ range, text: `"${written}"` }] },
  });
}

function surprise(written: string, value: number): string | null {
  if (!Number.isFinite(value)) return "and not a finite one";
  if (written.startsWith("+")) return "and lose its plus sign";
  if (/^-?0[0-9]/.test(written)) return "and lose its leading zero";
  if (/^0[xo]/i.test(written)) return `namely ${value}`;
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return "and lose its last digits";
  return null;
}
