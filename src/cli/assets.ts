import { alertRules } from "../observe/alert-rules.ts";
import { dashboard } from "../observe/dashboard.ts";
import { ciFile, ciHosts } from "./ci-files.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Output } from "./output.ts";

export interface AssetsFlags {
  readonly dashboard?: boolean;
  readonly alerts?: boolean;
  /** Where rules are reviewed. */
  readonly ci?: string;
}

/** One at a time: each is a file of its own. */
export function assets(flags: AssetsFlags, io: Output): ExitCode {
  const host = flags.ci === undefined ? null : ciHosts.find((one) => one === flags.ci);
  if (host === undefined) {
    io.err(`heed assets: --ci takes ${ciHosts.join(" or ")}\n`);
    return EXIT.usage;
  }
  const asked = [flags.dashboard === true, flags.alerts === true, host !== null].filter(Boolean).length;
  if (asked !== 1) {
    io.err("heed assets: say which: --dashboard for Grafana, --alerts for Prometheus, or --ci for GitHub or GitLab\n");
    return EXIT.usage;
  }
  io.out(host !== null ? ciFile(host) : flags.dashboard === true ? dashboard() : alertRules());
  return EXIT.fine;
}
