import type { AddressInfo } from "node:net";
import { createServer as createHttpServer } from "node:http";
import express from "express";
import { afterEach, describe, expect, it } from "vitest";
import { html } from "../../src/console/html.ts";
import { type Deed, type Page, consoleRoutes } from "../../src/console/routes.ts";
import { endedSessions } from "./open-console.ts";
import { createSessions } from "../../src/console/session.ts";
import { virtualClock } from "../support/virtual-clock.ts";

const operator = "operator-token-0123456789";
const viewer = "viewer-token-0123456789";
const ended = { has: async () => false };
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const name = `<img src=x onerror=alert(1)> "quoted" 'too' & \u0000\u202E`;
const page: Page = {
  path: "/things/:thing",
  label: "Things",
  show: async ({ params }) => ({ title: params["thing"] ?? "", body: html`<p title="${name}">${name}</p>` }),
};
const secret: Page = { path: "/secret", role: "operator", show: async () => ({ title: "Secret", body: html`` }) };
const broken: Page = { path: "/broken", show: async () => Promise.reject(new Error("canary@example.com")) };

async function open() {
  const done: string[] = [];
  const faults: string[] = [];
  const deed: Deed = {
    path: "/do",
    do: async (form) => {
      done.push(form.get("what") ?? "");
      return { to: "/things/one", said: `Did ${form.get("what") ?? ""}` };
    },
  };
  const clock = virtualClock();
  const app = express();
  app.use(
    consoleRoutes({
      clock,
      ended: endedSessions(),
      tokens: { operator, viewer },
      pages: [page, secret, broken],
      deeds: [deed],
      newId: () => "id-1",
      onFault: (id) => void faults.push(id),
      onNews: () => () => {},
    }),
  );
  const server = createHttpServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => server.closeAllConnections());
  closers.push(() => void server.close());
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
    done,
    faults,
    get,
    post,
    async logIn(token: string): Promise<{ cookie: string; csrf: string }> {
      const answer = await post("/log-in", { token });
      const cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? "";
      const shown = await (await get("/things/one", cookie)).text();
      return { cookie, csrf: /name="csrf" value="([^"]+)"/.exec(shown)?.[1] ?? "" };
    },
  };
}

describe("the console", () => {
  it("shows nothing to whoever is not logged in, and leads them there", async () => {
    const { get } = await open();
    for (const path of ["/things/one", "/secret", "/broken"]) {
      const answer = await get(path);
      expect([answer.status, answer.headers.get("location")]).toEqual([303, `/log-in?to=${encodeURIComponent(path)}`]);
    }
    expect((await get("/news")).status).toBe(401);
    expect((await get("/things/one", "heed_session=operator.9999999999999.x.y")).status).toBe(303);
    expect(await (await get("/log-in")).text()).toContain('name="token"');
  });

  it("lets in whoever has a token, with a cookie that scripts and other sites do not see", async () => {
    const { post, get } = await open();
    const answer = await post("/log-in", { token: operator });
    expect(answer.status).toBe(303);
    const cookie = answer.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/^heed_session=operator\.[^;]+; HttpOnly; SameSite=Strict; Path=\/$/);
    const shown = await get("/things/one", cookie.split(";")[0]);
    expect(shown.status).toBe(200);
    expect(shown.headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(shown.headers.get("cache-control")).toBe("no-store");
  });

  it("leads on to the page that was asked for, and nowhere else", async () => {
    const { post, get } = await open();
    const asked = await get("/things/one?after=2&x=%2F%2Fevil.example");
    const page = asked.headers.get("location") ?? "";
    expect(await (await get(page)).text()).toContain('name="to" value="/things/one?after=2&amp;x=%2F%2Fevil.example"');
    const to = async (path: string) => (await post("/log-in", { token: viewer, to: path })).headers.get("location");
    expect(await to("/things/one?after=2")).toBe("/things/one?after=2");
    for (const elsewhere of [
      "//evil.example",
      "/\\evil.example",
      "/\t/evil.example",
      "https://evil.example/",
      "data:text/html,x",
      "/.//evil.example",
      "/log-in",
      `/${"x".repeat(2_000)}`,
      "",
    ])
      expect(await to(elsewhere)).toBe("/");
    const wrong = await post("/log-in", { token: "wrong", to: "/things/one" });
    expect(wrong.headers.get("location")).toBe("/log-in?said=wrong&to=%2Fthings%2Fone");
  });

  it("ends a session for every copy of its cookie when somebody logs out", async () => {
    const { logIn, post, get } = await open();
    const [one, other] = [await logIn(operator), await logIn(operator)];
    expect((await post("/log-out", {}, { cookie: one.cookie, "sec-fetch-site": "cross-site" })).status).toBe(303);
    expect((await get("/things/one", one.cookie)).status).toBe(200);
    await post("/log-out", {}, { cookie: one.cookie });
    expect((await get("/things/one", one.cookie)).status).toBe(303);
    expect((await get("/news", one.cookie)).status).toBe(401);
    expect((await get("/things/one", other.cookie)).status).toBe(200);
  });

  it("says that nothing was done when the session has ended, and leads back to where the form stood", async () => {
    const { post, get, done, url } = await open();
    const answer = await post("/do", { csrf: "x", what: "x" }, { referer: `${url}/things/one` });
    expect(answer.headers.get("location")).toBe("/log-in?said=ended&to=%2Fthings%2Fone");
    expect(done).toEqual([]);
    expect(await (await get("/log-in?said=ended&to=%2Fthings%2Fone")).text()).toContain("nothing was changed");
    const elsewhere = await post("/do", { what: "x" }, { referer: "https://evil.example/things/one" });
    expect(elsewhere.headers.get("location")).toBe("/log-in?said=ended");
  });

  it("knows who somebody says they are, as text and within bounds", async () => {
    const sessions = createSessions({ tokens: { operator }, clock: virtualClock(), ended });
    const nameOf = async (given: string) =>
      (await sessions.read(`heed_session=${sessions.logIn(operator, "here", given)}`))?.actor;
    expect(await nameOf(" Olga Ó. ")).toBe("Olga Ó.");
    expect(await nameOf("a.b;c=d")).toBe("a.b;c=d");
    expect(await nameOf("x".repeat(500))).toHaveLength(100);
    expect(await nameOf("  ")).toBe("operator");
  });

  it("lets nobody try more than ten wrong tokens a minute", async () => {
    const { post, clock } = await open();
    for (let tries = 0; tries < 10; tries += 1) {
      expect((await post("/log-in", { token: `wrong ${tries}` })).headers.get("location")).toBe("/log-in?said=wrong");
    }
    expect((await post("/log-in", { token: operator })).status).toBe(429);
    await clock.pass(61_000);
    expect((await post("/log-in", { token: operator })).headers.get("location")).toBe("/");
  });

  it("shuts out nobody who comes from elsewhere than those who try", async () => {
    const sessions = createSessions({ tokens: { operator }, clock: virtualClock(), ended });
    for (let tries = 0; tries < 20; tries += 1) sessions.logIn(`wrong ${tries}`, "10.0.0.1");
    expect(sessions.logIn(operator, "10.0.0.1")).toBe("later");
    expect(sessions.logIn(operator, "10.0.0.2")).toMatch(/^operator\./);
    for (let tries = 0; tries < 2_000; tries += 1) sessions.logIn("wrong", `10.1.${tries}`);
    expect(sessions.logIn(operator, "10.0.0.2")).toBe("later");
  });

  it("answers a question for the head of the news, which would never end", async () => {
    const { logIn, url } = await open();
    const { cookie } = await logIn(viewer);
    const answer = await fetch(`${url}/news`, {
      method: "HEAD",
      headers: { cookie },
      signal: AbortSignal.timeout(5_000),
    });
    expect(answer.status).toBe(200);
  });

  it("ends a session after half a day, and when its cookie is changed in any place", async () => {
    const clock = virtualClock();
    const sessions = createSessions({ tokens: { operator, viewer }, clock, ended });
    const cookie = `heed_session=${sessions.logIn(viewer, "here")}`;
    expect(await sessions.read(`other=1; ${cookie}`)).toMatchObject({ role: "viewer", actor: "viewer" });
    for (const forged of [
      cookie.replace("viewer", "operator"),
      cookie.slice(0, -1),
      `${cookie}.x`,
      cookie.replace(/\d{13}/, "9999999999999"),
    ]) {
      expect(await sessions.read(forged)).toBeNull();
    }
    const changed = createSessions({ tokens: { operator: "another-token-0123456789", viewer }, clock, ended });
    expect(await changed.read(cookie)).toBeNull();
    await clock.pass(12 * 3_600_000 + 1);
    expect(await sessions.read(cookie)).toBeNull();
    expect(createSessions({ tokens: { operator: "" }, clock, ended }).logIn("", "here")).toBeNull();
  });

  it("does what an operator's own form says, and tells what came of it once", async () => {
    const { logIn, post, get, done } = await open();
    const { cookie, csrf } = await logIn(operator);
    const answer = await post("/do", { csrf, what: "this" }, { cookie });
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/things/one"]);
    expect(done).toEqual(["this"]);
    const said = answer.headers.get("set-cookie")?.split(";")[0] ?? "";
    expect(await (await get("/things/one", `${cookie}; ${said}`)).text()).toContain('role="status">Did this</p>');
    expect(await (await get("/things/one", cookie)).text()).not.toContain("Did this");
    for (const forged of ["heed_said=Did%20this", "heed_said=Did%20this.x", "heed_said=.", "heed_said=%E0%A4%A.x"]) {
      expect(await (await get("/things/one", `${cookie}; ${forged}`)).text()).not.toContain('role="status"');
    }
  });

  it("does nothing for a viewer, another site's form, a form of another session, or one without its word", async () => {
    const { logIn, post, done, get } = await open();
    const [one, two, watcher] = [await logIn(operator), await logIn(operator), await logIn(viewer)];
    const refused = await Promise.all([
      post("/do", { csrf: watcher.csrf, what: "x" }, { cookie: watcher.cookie }),
      post("/do", { csrf: two.csrf, what: "x" }, { cookie: one.cookie }),
      post("/do", { what: "x" }, { cookie: one.cookie }),
      post("/do", { csrf: one.csrf, what: "x" }, { cookie: one.cookie, origin: "https://evil.example" }),
      post("/do", { csrf: one.csrf, what: "x" }, { cookie: one.cookie, "sec-fetch-site": "cross-site" }),
      post("/do", { csrf: one.csrf, what: "x".repeat(20_000) }, { cookie: one.cookie }),
    ]);
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403]);
    expect(done).toEqual([]);
    expect((await get("/secret", watcher.cookie)).status).toBe(403);
  });

  it("takes hostile names for text, in the path as well", async () => {
    const { logIn, get } = await open();
    const { cookie } = await logIn(viewer);
    const shown = await (await get(`/things/${encodeURIComponent(name)}`, cookie)).text();
    expect(shown).not.toContain("<img");
    expect(shown).toContain("&lt;img src=x onerror=alert(1)&gt; &quot;quoted&quot; &#39;too&#39; &amp; \uFFFD\uFFFD");
  });

  it("shows a page to whoever mistyped an address, and nothing of that to strangers", async () => {
    const { logIn, get } = await open();
    const { cookie } = await logIn(viewer);
    for (const path of ["/nowhere", "/assets/none.js", "/things/one/two/three"]) {
      const answer = await get(path, cookie);
      expect([answer.status, (await answer.text()).includes("No such page")]).toEqual([404, true]);
      expect(await (await get(path)).text()).not.toContain("Heed</a>");
    }
  });

  it("says of a page that failed no more than where the log tells of it", async () => {
    const { logIn, get, faults } = await open();
    const { cookie } = await logIn(viewer);
    const answer = await get("/broken", cookie);
    expect(answer.status).toBe(500);
    const shown = await answer.text();
    expect(shown).toContain("id-1");
    expect(shown).not.toContain("canary");
    expect(faults).toEqual(["id-1"]);
  });

  it("serves its style and script under names of their content", async () => {
    const { logIn, get } = await open();
    const { cookie } = await logIn(viewer);
    const shown = await (await get("/things/one", cookie)).text();
    const assets = [...shown.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? "");
    expect(assets).toHaveLength(2);
    for (const path of assets) {
      const answer = await get(path);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("cache-control")).toContain("immutable");
    }
    expect(shown.match(/<h1>/g)).toHaveLength(1);
    for (const plain of [await get("/log-in"), await get("/nowhere", cookie), await get("/secret", cookie)]) {
      expect(await plain.text()).not.toMatch(/ on\w+=|<style|style=|javascript:/);
    }
  });
});
