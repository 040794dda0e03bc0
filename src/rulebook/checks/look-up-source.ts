import { isJsonArray } from "../../core/model/parse-json.ts";
import { reachOf } from "../../outgoing/judge-address.ts";
import { type Check, problemAt } from "../check.ts";
import { expandPath, jsonAt } from "../json-at.ts";
import type { ParsedWorkspace } from "../parsed-workspace.ts";
import type { Path, Problem } from "../problem.ts";
import type { SourceDocument } from "../source-file.ts";

/** A look-up whose source would refuse every question, or never be asked. */
export const lookUpSource = {
  id: "look-up-source",
  pages: {
    HEED225: {
      what: "A look-up asks in a way that can never be answered.",
      why: "Private addresses are asked only when `allow_hosts` lists them, and a database is asked by a query that reads, with a value for each of its parameters. Anything else fails at every contact, and `on_error` decides for all of them.",
      example: {
        in: "heed.yaml",
        bad: 'lookups:\n  crm: { http: { url: "http://10.0.0.7/contacts/{{ contact.id }}" } }',
        good: 'lookups:\n  crm: { http: { url: "http://10.0.0.7/contacts/{{ contact.id }}", allow_hosts: ["10.0.0.7"] } }',
      },
    },
  },
  run,
} as const satisfies Check;

interface Mistake {
  readonly path: Path;
  readonly message: string;
  readonly help: string;
}

function run({ workspace }: ParsedWorkspace): readonly Problem[] {
  if (workspace === null) return [];
  const { document } = workspace;
  const found = [
    ...expandPath(document.data, ["lookups", "*", "http"]).flatMap((path) => ofHttp(document, path)),
    ...expandPath(document.data, ["lookups", "*", "postgres"]).flatMap((path) => ofPostgres(document, path)),
  ];
  return found.map((mistake) => problemAt(document, { code: "HEED225", ...mistake }));
}

/** What a name leads to is only known when it is asked; an address that is written out is known now. */
function ofHttp(document: SourceDocument, path: Path): readonly Mistake[] {
  const url = jsonAt(document.data, [...path, "url"]);
  const host = typeof url === "string" ? hostOf(url) : "";
  const allowed = jsonAt(document.data, [...path, "allow_hosts"]);
  const listed = (isJsonArray(allowed) ? allowed : []).map(String);
  const isListed = listed.some((one) => one.includes("${") || hostOf(urlOf(one)) === host);
  if (!/^[\d.]+$|:/.test(host) || isListed || reachOf(host) === "public") return [];
  const message = `${host} is a private or reserved address, which Heed does not ask unless it is listed`;
  return [{ path: [...path, "url"], message, help: `write allow_hosts: ["${host}"] beside it, if it is meant` }];
}

function urlOf(host: string): string {
  return /^[^[]*:.*:/.test(host) ? `http://[${host}]` : `http://${host}`;
}

/** Without the brackets of IPv6; empty when it is known only at the start. */
function hostOf(url: string): string {
  const [origin = ""] = /^https?:\/\/[^/?#]*/.exec(url) ?? [];
  return URL.canParse(origin) ? new URL(origin).hostname.replaceAll(/^\[|\]$/g, "") : "";
}

function ofPostgres(document: SourceDocument, path: Path): readonly Mistake[] {
  const query = jsonAt(document.data, [...path, "query"]);
  if (typeof query !== "string") return [];
  const at = [...path, "query"];
  const params = jsonAt(document.data, [...path, "params"]);
  const given = isJsonArray(params) ? params.length : 0;
  const code = withoutTexts(query);
  if (!/^[\s(]*(?:select|with|values|table)\b/i.test(code) && !query.includes("${")) {
    const message = "the query does not begin with `select` or `with`: a look-up only reads";
    return [{ path: at, message, help: "for example select plan from users where id = $1" }];
  }
  const wanted = [...code.matchAll(/\$(\d{1,5})\b/g)].map(([, number]) => Number(number));
  const most = Math.max(0, ...wanted);
  if (most > given) {
    const message = `the query asks for $${most}, and params has ${given === 1 ? "1 entry" : `${given} entries`}`;
    return [{ path: at, message, help: `write what $${most} stands for as entry ${most} of params` }];
  }
  if (most === given || query.includes("${")) return [];
  const message = `params has ${given === 1 ? "1 entry" : `${given} entries`}, and the query uses ${most === 0 ? "none" : `no more than $${most}`}`;
  return [{ path: [...path, "params"], message, help: `write $${given} where the value belongs, or remove the entry` }];
}

/** SQL without its comments and literals, in which a `$1` is no parameter. */
function withoutTexts(query: string): string {
  return query.replaceAll(/--[^\n]*|\/\*.*?\*\/|'(?:[^']|'')*'|"[^"]*"|\$([A-Za-z_]\w*)?\$.*?\$\1\$/gs, (text) =>
    /^(?:--|\/\*)/.test(text) ? " " : " '' ",
  );
}
