import { alertRules } from "../observe/alert-rules.ts";
import { dashboard } from "../observe/dashboard.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Output } from "./output.ts";

export interface AssetsFlags {
  readonly dashboard?: boolean;
  readonly alerts?: boolean;
}

/** One at a time: each is a file of its own. */
export function assets(flags: AssetsFlags, io: Output): ExitCode {
  if ((flags.dashboard === true) === (flags.alerts === true)) {
    io.err("heed assets: say which: --dashboard for Grafana, or --alerts for Prometheus\n");
    return EXIT.usage;
  }
  io.out(flags.dashboard === true ? dashboard() : alertRules());
  return EXIT.fine;
}
