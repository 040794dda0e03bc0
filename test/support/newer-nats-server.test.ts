import { describe, expect, it } from "vitest";
import { startNatsServer } from "./nats-server.ts";
import { findNewerNatsServer, withRelease } from "./newer-nats-server.ts";

describe("the newer nats-server of tests", () => {
  it("replaces the release where package sources name a suite, and nowhere else", () => {
    const sources = [
      "Types: deb",
      "URIs: http://mirror.example/bookworm/debian",
      "Suites: bookworm bookworm-updates",
      "Signed-By: /usr/share/keyrings/bookworm.gpg",
      "# bookworm",
      "deb [signed-by=/keys/bookworm.gpg] http://mirror.example/debian bookworm main",
      "deb http://mirror.example/tools tools-bookworm main",
      "deb http://mirror.example/security bookworm/updates main",
    ];
    const replaced = withRelease(sources.join("\n"), "bookworm", "trixie").split("\n");
    expect(replaced.filter((line, index) => line !== sources[index])).toEqual([
      "Suites: trixie trixie-updates",
      "deb [signed-by=/keys/bookworm.gpg] http://mirror.example/debian trixie main",
      "deb http://mirror.example/security trixie/updates main",
    ]);
  });

  it("runs beside the one on the PATH, where it could be fetched", async (context) => {
    const binary = findNewerNatsServer();
    if (binary === null) return context.skip("it is fetched by the project newer-nats");
    const server = await startNatsServer({ binary });
    await server.stop();
    expect(server.version).toMatch(/^2\.(?:10\.(?:2[3-9]|[3-9]\d)|1[1-9]\.|[2-9]\d\.)|^[3-9]/);
  });
});
