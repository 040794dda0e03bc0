import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "nats";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { startNatsServer } from "./nats-server.ts";
import type { NatsServer } from "./nats-server.ts";

describe("the nats-server of tests", () => {
  it("offers JetStream, and keeps its messages over kill -9 and restart on the same port", async () => {
    const server = await startNatsServer();
    try {
      await withJetStream(server, async (js, jsm) => {
        await jsm.streams.add({ name: "kept", subjects: ["kept"] });
        await js.publish("kept", "before the crash");
      });
      await server.kill9();
      await expect(connect({ servers: server.url, reconnect: false, timeout: 1_000 })).rejects.toThrow();
      await server.restart();
      await withJetStream(server, async (_js, jsm) => {
        const info = await jsm.streams.info("kept");
        expect(info.state.messages).toBe(1);
      });
      expect(server.version).toMatch(/^\d+\.\d+\.\d+/);
    } finally {
      await server.stop();
    }
    expect(alive(server.pid)).toBe(false);
    expect(existsSync(server.storeDir)).toBe(false);
  });

  it("lets given configuration win and keeps a given store directory", async () => {
    const storeDir = mkdtempSync(join(tmpdir(), "heed-nats-given-"));
    try {
      const server = await startNatsServer({ storeDir, config: 'server_name: "named_here"' });
      await server.stop();
      expect(existsSync(storeDir)).toBe(true);
    } finally {
      rmSync(storeDir, { recursive: true, force: true });
    }
  });

  it("says what the server said when it refuses to start", async () => {
    await expect(startNatsServer({ config: "jetstream { store_dir: 7 " })).rejects.toThrow(/Parse error/);
  });

  it("ends when the process that started it is killed", async () => {
    // Node 20 does not run TypeScript: the starter is the same module, transpiled.
    const source = readFileSync(new URL("./nats-server.ts", import.meta.url), "utf8");
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
    });
    const script = `${outputText}; console.log((await startNatsServer()).pid); setInterval(() => {}, 1_000);`;
    const starter = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const pid = await new Promise<number>((resolve) => starter.stdout.once("data", (text) => resolve(Number(text))));
    expect(alive(pid)).toBe(true);
    starter.kill("SIGKILL");
    for (let tries = 0; tries < 250 && alive(pid); tries += 1) await sleep(20);
    expect(alive(pid)).toBe(false);
  });
});

type Connection = Awaited<ReturnType<typeof connect>>;

async function withJetStream(
  server: NatsServer,
  use: (
    js: ReturnType<Connection["jetstream"]>,
    jsm: Awaited<ReturnType<Connection["jetstreamManager"]>>,
  ) => Promise<void>,
): Promise<void> {
  const connection = await connect({ servers: server.url });
  try {
    await use(connection.jetstream(), await connection.jetstreamManager());
  } finally {
    await connection.close();
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
