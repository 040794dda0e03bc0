/** From when on a number is a risk. */
export interface RiskLimits {
  /** How much more or less a rule may send, as a share of what it sent. */
  readonly volume: number;
  /** Messages; a difference of fewer is none. */
  readonly volumeAtLeast: number;
  /** Messages on a day for one contact in a hundred. */
  readonly perDay: number;
  /** The share of texts that are sent with a fallback instead of what they name. */
  readonly fallback: number;
}

export const usualLimits: RiskLimits = { volume: 0.2, volumeAtLeast: 10, perDay: 2, fallback: 0.1 };
