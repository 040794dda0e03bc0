import { execFileSync } from "node:child_process";

/** Runs git in a folder of a test, as nobody in particular and by none of this machine's settings; gives what it prints. */
export function gitIn(folder: string, ...args: readonly string[]): string {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
  const who = ["-c", "user.name=Tester", "-c", "user.email=tester@acme.example", "-c", "commit.gpgSign=false"];
  return execFileSync("git", [...who, ...args], { cwd: folder, env, encoding: "utf8", stdio: "pipe" });
}
