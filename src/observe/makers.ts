import { Counter, Gauge, type Registry } from "prom-client";

export interface Makers {
  readonly counter: <Label extends string = never>(
    name: string,
    help: string,
    ...labelNames: Label[]
  ) => Counter<Label>;
  readonly gauge: <Label extends string = never>(name: string, help: string, ...labelNames: Label[]) => Gauge<Label>;
}

/** Makes instruments of one registry. */
export function makersIn(registry: Registry): Makers {
  const registers = [registry];
  return {
    counter: (name, help, ...labelNames) => new Counter({ name, help, labelNames, registers }),
    gauge: (name, help, ...labelNames) => new Gauge({ name, help, labelNames, registers }),
  };
}
