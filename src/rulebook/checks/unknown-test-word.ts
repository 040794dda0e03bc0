import { type Check, problemAt } from "../check.ts";
import { idOfFile, type ParsedWorkspace } from "../parsed-workspace.ts";
import { CONFIRMATION } from "../opt-out-confirmation.ts";
import { type CaseRun, type ParsedTest, pathInCase } from "../parsed-tests.ts";
import type { Path, Problem } from "../problem.ts";
import type { Part } from "../source-file.ts";
import { didYouMean } from "../suggest.ts";
import { expectationsOf, onePerPlace, type PlacedExpectation } from "../test-places.ts";
import { listedRules, ruleFilesOf, testedRuleIds } from "../tested-rules.ts";
import type { Arm, LookUps } from "../test-file.generated.ts";
import type { WorkspaceFile } from "../workspace-file.generated.ts";

/** A channel, provider, look-up, field of a look-up, rule or arm in a case that the workspace or the test does not have. */
export const unknownTestWord = {
  id: "unknown-test-word",
  pages: {
    HEED705: {
      what: "A test names a channel, provider, look-up, field of a look-up, rule or arm that is not there.",
      why: "What it expects could never come, and what it scripts would never be asked for.",
      example: {
        in: "test",
        bad: "cases:\n  - name: a demo request is answered\n    given:\n      - { at: 0s, contact: ana, event: lead.demo_requested }\n    expect:\n      - { at: 0s, send: smss }",
        good: "cases:\n  - name: a demo request is answered\n    given:\n      - { at: 0s, contact: ana, event: lead.demo_requested }\n    expect:\n      - { at: 0s, send: sms }",
      },
    },
  },
  run,
} as const satisfies Check;

interface Word {
  readonly word: string;
  readonly path: Path;
  readonly part: Part;
  readonly kind: "channel" | "provider" | "look-up" | "rule";
}

function run(workspace: ParsedWorkspace): readonly Problem[] {
  return workspace.tests.flatMap((test) => {
    const words = [...inFile(test), ...test.runs.flatMap(inRun)];
    const arms = test.runs.flatMap((run) => armsOf(run).flatMap((arm) => judgeArm(test, workspace, arm)));
    const fields = [
      ...judgeAnswers(test, workspace, test.file.lookups, ["lookups"]),
      ...test.runs.flatMap((run) => judgeAnswers(test, workspace, run.story.lookups, pathInCase(run, "lookups"))),
    ];
    return onePerPlace([...words.flatMap((word) => judge(test, workspace, word)), ...fields, ...arms]);
  });
}

function inFile({ file }: ParsedTest): readonly Word[] {
  return keys("look-up", file.lookups, ["lookups"]);
}

function inRun(run: CaseRun): readonly Word[] {
  const { given, because = [], lookups, providers } = run.story;
  return [
    ...given.flatMap(({ message }, index) => value("channel", message, pathInCase(run, "given", index, "message"))),
    ...keys("look-up", lookups, pathInCase(run, "lookups")),
    ...keys("channel", providers, pathInCase(run, "providers")),
    ...armsOf(run).flatMap(({ rule, path }): readonly Word[] =>
      rule === null ? [] : [{ kind: "rule", word: rule, path, part: "key" }],
    ),
    ...expectationsOf(run).flatMap(inExpectation),
    ...because.flatMap(({ rule }, index) => value("rule", rule, pathInCase(run, "because", index, "rule"))),
  ];
}

function inExpectation({ expectation, path }: PlacedExpectation): readonly Word[] {
  const rule = value("rule", expectation.rule, [...path, "rule"]);
  if (!("send" in expectation)) return rule;
  const { send, provider } = expectation;
  return [...value("channel", send, [...path, "send"]), ...value("provider", provider, [...path, "provider"]), ...rule];
}

function value(kind: Word["kind"], word: string | undefined, path: Path): readonly Word[] {
  return word === undefined ? [] : [{ kind, word, path, part: "value" }];
}

function keys(kind: Word["kind"], map: object | undefined, path: Path): readonly Word[] {
  return Object.keys(map ?? {}).map((word) => ({ kind, word, path: [...path, word], part: "key" }));
}

function judge(test: ParsedTest, workspace: ParsedWorkspace, { kind, word, path, part }: Word): readonly Problem[] {
  if (kind === "rule") return judgeRule(test, workspace, { word, path, part });
  if (workspace.workspace === null) return [];
  const known = knownWords(kind, workspace.workspace.file);
  if (known.includes(word)) return [];
  const help = didYouMean(word, known) ?? (known.length === 0 ? null : `${kind}s are ${known.join(", ")}`);
  return [
    problemAt(test.document, { code: "HEED705", path, part, message: `heed.yaml has no ${kind} \`${word}\``, help }),
  ];
}

/** A field that the look-up does not declare, and so never finds. One that declares none finds anything. */
function judgeAnswers(
  { document }: ParsedTest,
  { workspace }: ParsedWorkspace,
  lookups: LookUps = {},
  path: Path,
): readonly Problem[] {
  return Object.entries(lookups).flatMap(([name, said]) => {
    const declared = workspace?.file.lookups ?? {};
    const fields = Object.hasOwn(declared, name) ? declared[name]?.fields : undefined;
    if (fields === undefined) return [];
    const answers = Array.isArray(said) ? said : [said];
    return answers.flatMap((answer, index) =>
      typeof answer === "string"
        ? []
        : Object.keys(answer)
            .filter((field) => !Object.hasOwn(fields, field))
            .map((field) => {
              const known = Object.keys(fields);
              const at = [...path, name, ...(Array.isArray(said) ? [index] : []), field];
              const message = `the look-up \`${name}\` has no field \`${field}\``;
              const help = didYouMean(field, known) ?? `its fields in heed.yaml are ${known.join(", ")}`;
              return problemAt(document, { code: "HEED705", path: at, part: "key", message, help });
            }),
    );
  });
}

function knownWords(kind: Exclude<Word["kind"], "rule">, file: WorkspaceFile): readonly string[] {
  if (kind === "channel") return Object.keys(file.channels);
  return Object.keys((kind === "provider" ? file.providers : file.lookups) ?? {});
}

function judgeRule(
  test: ParsedTest,
  workspace: ParsedWorkspace,
  { word: rule, path, part }: Omit<Word, "kind">,
): readonly Problem[] {
  // A rule file that is not there has a problem of its own.
  if (listedRules(test, workspace).some(({ files }) => files.length === 0)) return [];
  const confirms = workspace.workspace?.file.opt_out?.confirm !== undefined;
  const tested = [...testedRuleIds(test, workspace), ...(confirms ? [CONFIRMATION] : [])];
  if (tested.includes(rule)) return [];
  const elsewhere = ruleFilesOf(workspace).find((name) => idOfFile(name) === rule);
  const message =
    elsewhere === undefined ? `there is no rule \`${rule}\`` : `this test does not list the rule \`${rule}\``;
  const help =
    elsewhere === undefined
      ? (didYouMean(rule, tested) ?? `rules of this test are ${tested.join(", ")}`)
      : `add ${elsewhere} to \`rules:\``;
  return [problemAt(test.document, { code: "HEED705", path, part, message, help })];
}

/** Where a case says that a contact is, in one rule or, with null, in all of the test. */
interface PlacedArm {
  readonly rule: string | null;
  readonly arm: Arm;
  readonly path: Path;
}

function armsOf(run: CaseRun): readonly PlacedArm[] {
  return Object.entries(run.story.arms ?? {}).flatMap(([contact, said]): readonly PlacedArm[] => {
    const path = pathInCase(run, "arms", contact);
    if (typeof said === "string") return [{ rule: null, arm: said, path }];
    return Object.entries(said).map(([rule, arm]) => ({ rule, arm, path: [...path, rule] }));
  });
}

/** A rule without a holdout has nobody in it, and one that is rolled out nobody outside. */
function judgeArm(test: ParsedTest, workspace: ParsedWorkspace, { rule, arm, path }: PlacedArm): readonly Problem[] {
  if (arm === "treated") return [];
  const tested = testedRuleIds(test, workspace);
  const ids = rule === null ? tested : [rule];
  const rules = workspace.rules.filter(({ file }) => tested.includes(file.rule) && ids.includes(file.rule));
  const key = arm === "holdout" ? "holdout" : "rollout";
  if (rules.length < ids.length || rules.some(({ file }) => file[key] !== undefined)) return [];
  const who = rule === null ? "no rule of this test has" : `the rule \`${rule}\` does not have`;
  const help = `write \`${key}: 10%\` in the rule, or leave this out`;
  return [problemAt(test.document, { code: "HEED705", path, message: `${who} a \`${key}\``, help })];
}
