import { userInfo } from "node:os";
import { git } from "./git.ts";

/** Who sits at this machine: by the name that commits have, else by the account's. */
export function actorHere(): string {
  const name = gitName();
  return name === "" ? userInfo().username : name;
}

function gitName(): string {
  try {
    return git(process.cwd(), ["config", "user.name"]).output.toString("utf8").trim();
  } catch {
    return "";
  }
}
