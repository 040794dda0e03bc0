import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import type { EndedSessions } from "../../src/console/session.ts";
import { type ConsoleParts, consoleRoutes } from "../../src/console/routes.ts";
import { virtualClock } from "../support/virtual-clock.ts";

export const operator = "operator-token-0123456789";
export const viewer = "viewer-token-0123456789";

export const hostile = `<img src=x onerror=alert(1)> "quoted" 'too' & \u0000\u202E`;
/** As a page must show it. */
export const harmless = "&lt;img src=x onerror=alert(1)&gt; &quot;quoted&quot; &#39;too&#39; &amp; \uFFFD\uFFFD";

/** As the store of a system keeps them. */
export function endedSessions(): EndedSessions {
  const ended = new Set<string>();
  return {
    has: async (session) => ended.has(session),
    end: async (session) => void ended.add(session),
  };
}

/** The console on this machine, asked as a browser asks. */
export async function openConsole(parts: Partial<ConsoleParts>) {
  const clock = parts.clock ?? virtualClock();
  const faults: unknown[] = [];
  const app = express();
  app.use(
    consoleRoutes({
      clock,
      ended: endedSessions(),
      tokens: { operator, viewer },
      pages: [],
      deeds: [],
      newId: () => "id-1",
      onFault: (_id, fault) => void faults.push(fault),
      onNews: () => () => {},
      ...parts,
    }),
  );
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const get = (path: string, cookie = "") => fetch(url + path, { redirect: "manual", headers: { cookie } });
  const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(url + path, {
      method: "POST",
      redirect: "manual",
      headers: { origin: url, "sec-fetch-site": "same-origin", ...headers },
      body: new URLSearchParams(fields),
    });
  return {
    url,
    clock,
    faults,
    get,
    post,
    /** The session of whoever has this token; the form's word is on every page. */
    async logIn(token: string, page = "/", actor = ""): Promise<{ readonly cookie: string; readonly csrf: string }> {
      const answer = await post("/log-in", { token, actor });
      const cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? "";
      const shown = await (await get(page, cookie)).text();
      return { cookie, csrf: /name="csrf" value="([^"]+)"/.exec(shown)?.[1] ?? "" };
    },
    close(): void {
      server.closeAllConnections();
      server.close();
    },
  };
}
