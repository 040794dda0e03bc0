import type { Json } from "../core/model/json.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import type { Rulebook } from "../core/model/rulebook.ts";
import type { ProviderRegistry } from "../providers/definition.ts";
import type { Template } from "../templates/template.ts";
import { awaitedBy } from "./awaited-by.ts";
import { nominalMs } from "../core/time/duration.ts";
import { checkWorkspace } from "./check-workspace.ts";
import { compileHistory } from "./compile-history.ts";
import { compileLookups } from "./compile-lookups.ts";
import { duration, type TemplateStore } from "./compile-parts.ts";
import { compileRule } from "./compile-rule.ts";
import { compileSettings } from "./compile-settings.ts";
import { rulebookDigest } from "./digest.ts";
import { type Environment, substitute } from "./environment.ts";
import { compileFormer, type FormerRule, type RuleSource, sourcesOf } from "./former-rule.ts";
import { jsonAt } from "./json-at.ts";
import { type LoadedWorkspace, loadWorkspace } from "./load-workspace.ts";
import { CONFIRMATION, optOutConfirmation } from "./opt-out-confirmation.ts";
import { conditionAt, type ParsedFile, type ParsedWorkspace } from "./parsed-workspace.ts";
import type { Problem } from "./problem.ts";
import { requiredFieldsOf } from "./required-fields.ts";
import { createTriggerIndex } from "./trigger-index.ts";
import { readUnsubscribe, type UnsubscribeSettings } from "./unsubscribe-settings.ts";
import type { WorkspaceFile } from "./workspace-file.generated.ts";

/** All that runs: the rulebook for deciding, and what the house around it needs. Immutable. */
export interface CompiledWorkspace {
  readonly rulebook: Rulebook;
  /** By the ids that steps name. */
  readonly templates: ReadonlyMap<string, Template>;
  /** The providers that it may name: ours and those of its plugins. */
  readonly definitions: ProviderRegistry;
  /** Settings by provider, with the environment's values in them: never to be printed. */
  readonly providers: ReadonlyMap<string, Json>;
  /** Settings of webhooks that `sources:` describes, by name, likewise. */
  readonly webhookSources: ReadonlyMap<string, Json>;
  /** Settings by look-up, as above. */
  readonly lookupSettings: ReadonlyMap<string, Json>;
  /** How links to unsubscribe are made. Absent where none are. */
  readonly unsubscribe?: UnsubscribeSettings;
  /** How long records are kept, in milliseconds; null is as long as the store keeps them by itself. */
  readonly retention: { readonly events: number | null; readonly ledger: number | null };
  /** ISO 3166 code of the country of phone numbers without a prefix. */
  readonly country: string;
  /** By rule id. */
  readonly sources: ReadonlyMap<string, RuleSource>;
  /** Compiles a version of a rule that was replaced; null when it cannot be any more. */
  recompile(source: RuleSource): FormerRule | null;
}

export type Compiled =
  | { readonly ok: true; readonly workspace: CompiledWorkspace; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads, checks and compiles a workspace, all or nothing: one error anywhere, or one variable that the environment
 * lacks, and there is no result but the whole list of problems. Never throws on any content.
 */
export async function compileWorkspace(from: string | LoadedWorkspace, env: Environment): Promise<Compiled> {
  const loaded = typeof from === "string" ? loadWorkspace(from) : from;
  const { parsed, problems } = checkWorkspace(loaded, env);
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0 || parsed.workspace === null) return { ok: false, problems };
  return { ok: true, workspace: compileParsed(parsed, parsed.workspace, env), warnings: problems };
}

/** Of a workspace in which nothing is wrong, or of some of its rules. */
export function compileParsed(
  parsed: ParsedWorkspace,
  heed: ParsedFile<WorkspaceFile>,
  env: Environment,
): CompiledWorkspace {
  const requiredFields = requiredFieldsOf(heed.file);
  const store: TemplateStore = { templates: new Map(), requiredFields, shared: parsed.templates };
  const indexed = parsed.rules.map((rule) => ({
    rule: compileRule(rule, store),
    where: conditionAt(rule, ["trigger", "where"]),
  }));
  const confirmation = optOutConfirmation(heed.file);
  const made = confirmation === null ? [] : [confirmation];
  const compiled = [...indexed.map(({ rule }) => rule), ...made.map((rule) => compileRule(rule, store))];
  const rules = new Map(compiled.map((rule) => [rule.id, rule]));
  const settings = substitute(heed.document.data, (name) => env[name]);
  const resolve = (text: string): string => textOf(substitute(text, (name) => env[name]));
  const lookups = compileLookups(heed, store, resolve);
  const digests = Object.fromEntries([...rules].map(([id, { digest }]) => [id, digest]));
  const providers = jsonAt(settings, ["providers"]);
  const webhookSources = jsonAt(settings, ["sources"]);
  const lookupSettings = jsonAt(settings, ["lookups"]);
  const unsubscribe = readUnsubscribe(jsonAt(settings, ["opt_out", "unsubscribe"]) ?? null);
  return {
    rulebook: {
      digest: rulebookDigest(heed.document.data, digests),
      workspace: { ...compileSettings(heed.file, resolve), lookups },
      rules,
      triggered: createTriggerIndex(indexed),
      confirmation: confirmation === null ? null : CONFIRMATION,
      former: new Map(),
      awaitedEventTypes: new Set(indexed.flatMap(({ rule }) => awaitedBy(rule))),
      history: compileHistory(parsed.rules),
    },
    templates: new Map([...store.templates].map(([id, { template }]) => [id, template])),
    definitions: parsed.providers.registry,
    providers: new Map(isJsonObject(providers) ? Object.entries(providers) : []),
    webhookSources: new Map(isJsonObject(webhookSources) ? Object.entries(webhookSources) : []),
    lookupSettings: new Map(isJsonObject(lookupSettings) ? Object.entries(lookupSettings) : []),
    ...("publicUrl" in unsubscribe && { unsubscribe }),
    retention: compileRetention(heed.file.retention),
    country: heed.file.country,
    sources: sourcesOf({ ...parsed, rules: [...parsed.rules, ...made] }),
    recompile: (source) => compileFormer(source, requiredFields),
  };
}

function compileRetention({ events, ledger }: NonNullable<WorkspaceFile["retention"]> = {}) {
  const msOf = (text: string | undefined): number | null => (text === undefined ? null : nominalMs(duration(text)));
  return { events: msOf(events), ledger: msOf(ledger) };
}

function textOf(value: Json): string {
  return typeof value === "string" ? value : "";
}
