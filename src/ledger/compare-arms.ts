import type { ArmFigures } from "./figures.ts";

/** How much more often contacts convert that are messaged than those that are not. Shares in [0, 1]; differences in [-1, 1]. */
export interface Comparison {
  readonly treated: number;
  readonly holdout: number;
  readonly difference: number;
  /** The 95 % confidence interval of the difference. */
  readonly low: number;
  readonly high: number;
}

/** Fewer in an arm say nothing, whatever the interval is. */
export const FEWEST = 30;
const Z = 1.959_964;

/**
 * The two arms side by side, or null while one of them is too small. The interval is Newcombe's from the score intervals
 * of both (Statistics in Medicine 17, 1998, method 10), which holds for rare conversions and small arms, too.
 */
export function compareArms(
  treated: Pick<ArmFigures, "enrolled" | "converted">,
  holdout: Pick<ArmFigures, "enrolled" | "converted">,
): Comparison | null {
  if (treated.enrolled < FEWEST || holdout.enrolled < FEWEST) return null;
  const [a, b] = [scoreInterval(treated), scoreInterval(holdout)];
  const difference = a.share - b.share;
  return {
    treated: a.share,
    holdout: b.share,
    difference,
    low: difference - Math.hypot(a.share - a.low, b.high - b.share),
    high: difference + Math.hypot(a.high - a.share, b.share - b.low),
  };
}

/** A share with Wilson's interval. */
function scoreInterval({ enrolled: n, converted }: Pick<ArmFigures, "enrolled" | "converted">) {
  const share = Math.min(converted / n, 1);
  const middle = share + (Z * Z) / (2 * n);
  const width = Z * Math.sqrt((share * (1 - share)) / n + (Z * Z) / (4 * n * n));
  const scale = 1 + (Z * Z) / n;
  return { share, low: Math.max(0, (middle - width) / scale), high: Math.min(1, (middle + width) / scale) };
}
