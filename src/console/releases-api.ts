import { type Forecast, readForecast } from "../ledger/forecast.ts";
import { json, type Request, type Response, Router } from "express";

/** A release as the API tells it. */
export interface ReleaseView {
  readonly number: number;
  readonly digest: string;
  /** RFC 3339. */
  readonly at: string;
  readonly by: string;
  readonly revision: string | null;
  readonly plan: string | null;
  readonly note: string;
  /** The release whose rules it brings back; null for new ones. */
  readonly restores: number | null;
  readonly added: NamedRulesView;
  readonly changed: NamedRulesView;
  readonly removed: NamedRulesView;
}

/** So many, of which the first are named. */
interface NamedRulesView {
  readonly count: number;
  readonly names: readonly string[];
}

export type ReleasedView =
  | { readonly kind: "released" | "unchanged"; readonly release: ReleaseView }
  | { readonly kind: "refused"; readonly why: string };

export interface DeployWish {
  /** The files, packed, in base64. */
  readonly packed: string;
  readonly by: string;
  readonly revision: string | null;
  readonly plan: string | null;
  /** Digest of the rules that the plan compared with: others must not run by now. Null to leave that open. */
  readonly base: string | null;
  /** What the plan expects of the rules that change; null without one. */
  readonly forecast: Forecast | null;
  readonly note: string;
  /** Warnings refuse, too. */
  readonly strict: boolean;
}

export interface RollbackWishView {
  readonly to: string | null;
  readonly by: string;
  readonly note: string;
  /** What becomes of the runs of the rules that are left; null leaves it to the rules. */
  readonly onChange: RunsOnChange | null;
}

const RUNS_ON_CHANGE = ["migrate", "cancel", "finish"] as const;
export type RunsOnChange = (typeof RUNS_ON_CHANGE)[number];

/** Null when it is none. */
export function readRunsOnChange(value: unknown): RunsOnChange | null {
  return RUNS_ON_CHANGE.find((each) => each === value) ?? null;
}

/** What the API does, whoever does it. */
export interface ReleasesPort {
  list(): Promise<readonly ReleaseView[]>;
  deploy(wish: DeployWish): Promise<ReleasedView>;
  rollBack(wish: RollbackWishView): Promise<ReleasedView>;
}

const MOST_TEXT = 500;
/** Ten thousand rules, compressed, are a tenth of it. */
const MOST_PACKED = "32mb";

/** `GET /api/releases`, `POST /api/releases` with a `DeployWish`, `POST /api/releases/rollback` with `{ "to", "by", "note", "on_change" }`. */
export function releasesApi(port: ReleasesPort): Router {
  const router = Router();
  router.get("/releases", async (_request, response: Response) => {
    response.set("Cache-Control", "no-store").json({ releases: await port.list() });
  });
  router.post("/releases", json({ limit: MOST_PACKED }), async ({ body }: Request, response: Response) => {
    const said = saidIn(body);
    const packed = field(body, "packed");
    if (said === null || typeof packed !== "string") return refuse(response);
    const [revision, plan, base] = [textOrNull(body, "revision"), textOrNull(body, "plan"), textOrNull(body, "base")];
    const forecast = readForecast(field(body, "forecast"));
    const wish = { packed, ...said, revision, plan, base, forecast };
    response.json(await port.deploy({ ...wish, strict: field(body, "strict") === true }));
  });
  router.post("/releases/rollback", json({ limit: "8kb" }), async ({ body }: Request, response: Response) => {
    const said = saidIn(body);
    if (said === null) return refuse(response);
    const wished = field(body, "on_change") ?? null;
    const onChange = readRunsOnChange(wished);
    if (onChange === null && wished !== null)
      return refuse(response, `on_change: expected ${RUNS_ON_CHANGE.join(", ")} or nothing`);
    response.json(await port.rollBack({ ...said, to: textOrNull(body, "to"), onChange }));
  });
  return router;
}

function saidIn(body: unknown): { readonly by: string; readonly note: string } | null {
  const by = field(body, "by");
  const note = field(body, "note") ?? "";
  return isShort(by) && by !== "" && isShort(note) ? { by, note } : null;
}

function isShort(value: unknown): value is string {
  return typeof value === "string" && value.length <= MOST_TEXT;
}

function textOrNull(body: unknown, name: string): string | null {
  const value = field(body, name);
  return isShort(value) ? value : null;
}

function field(body: unknown, name: string): unknown {
  return typeof body === "object" && body !== null ? Reflect.get(body, name) : undefined;
}

function refuse(
  response: Response,
  title = `expected a JSON body with "by" and "note", each of at most ${MOST_TEXT} characters`,
): void {
  response.status(400).type("application/problem+json").json({ type: "about:blank", title, status: 400 });
}
