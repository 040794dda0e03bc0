import { spawnSync } from "node:child_process";

const BINARY = "promtool";
const INSTALL_COMMAND = "apt-get update && apt-get install -y --no-install-recommends prometheus";

/** Finds promtool, or installs Debian's package of Prometheus when run as root on Debian, or throws an error that says what to run. */
export function ensurePromtool(): string {
  if (isThere()) return BINARY;
  const canInstall = process.getuid?.() === 0 && spawnSync("apt-get", ["--version"]).status === 0;
  if (!canInstall) throw new Error(missing("it is not on the PATH"));
  const install = spawnSync("sh", ["-c", INSTALL_COMMAND], {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 300_000,
  });
  if (!isThere()) throw new Error(missing(`installing it failed:\n${(install.stdout + install.stderr).slice(-2_000)}`));
  return BINARY;
}

function isThere(): boolean {
  return spawnSync(BINARY, ["--version"]).status === 0;
}

function missing(why: string): string {
  return `these tests need promtool, and ${why}\nOn Debian or Ubuntu run:\n  sudo sh -c '${INSTALL_COMMAND}'\nElsewhere put the promtool of a Prometheus (https://prometheus.io/download/) on the PATH.`;
}
