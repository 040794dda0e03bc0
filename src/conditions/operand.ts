/** What a value may be compared with. */
export type Operand = Scalar | readonly Scalar[];

export type Scalar = string | number | boolean;
