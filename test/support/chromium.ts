import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { afterAll } from "vitest";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
/** With a font that has proportions: a page without any is all boxes. */
const INSTALL_COMMAND =
  "apt-get update && apt-get install -y --no-install-recommends chromium fonts-liberation fonts-dejavu-core";

/** Finds a Chromium, or installs Debian's package when run as root on Debian, or throws an error that says what to run. */
export function ensureChromium(): string {
  const found = find();
  if (found !== undefined) return found;
  const canInstall = process.getuid?.() === 0 && spawnSync("apt-get", ["--version"]).status === 0;
  if (!canInstall) throw new Error(missing("there is none"));
  const install = spawnSync("sh", ["-c", INSTALL_COMMAND], {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 600_000,
  });
  const installed = find();
  if (installed === undefined)
    throw new Error(missing(`installing it failed:\n${(install.stdout + install.stderr).slice(-2_000)}`));
  return installed;
}

function find(): string | undefined {
  const chosen = process.env["HEED_TEST_CHROMIUM"];
  return [...(chosen === undefined ? [] : [chosen]), ...PLACES].find((path) => existsSync(path));
}

function missing(why: string): string {
  return `these tests need Chromium, and ${why}\nOn Debian run:\n  sudo sh -c '${INSTALL_COMMAND}'\nElsewhere name one in HEED_TEST_CHROMIUM.`;
}

/** Closed after the test file. It looks up nothing beyond the pages that it is sent to. */
export async function openBrowser(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: ensureChromium(),
    chromiumSandbox: process.getuid?.() !== 0,
    args: ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"],
  });
  afterAll(() => browser.close());
  return browser;
}
