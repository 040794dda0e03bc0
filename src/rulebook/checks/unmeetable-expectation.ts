import { type Check, problemAt } from "../check.ts";
import { isReversed, type MomentWindow, parseWindow } from "../moment.ts";
import { idOfFile, type ParsedRule, type ParsedWorkspace } from "../parsed-workspace.ts";
import { type CaseRun, type ParsedTest, pathInCase } from "../parsed-tests.ts";
import type { Path, Problem } from "../problem.ts";
import type { SendStep } from "../rule-file.generated.ts";
import { stepsOf } from "../steps.ts";
import type { Expectation } from "../test-file.generated.ts";
import { type Cast, castOf } from "../test-cast.ts";
import { expectationsOf, onePerPlace } from "../test-places.ts";
import { endOf, spanIn, timesOf, zonesOf } from "../test-times.ts";
import { listedRules } from "../tested-rules.ts";

/** An expectation that no run of any rules could meet. */
export const unmeetableExpectation = {
  id: "unmeetable-expectation",
  pages: {
    HEED704: {
      what: "An expectation can never be met.",
      why: "The case would fail whatever the rules do, so it says nothing about them.",
      example: {
        in: "test",
        bad: "cases:\n  - name: a demo request is answered\n    given:\n      - { at: 0s, contact: ana, event: lead.demo_requested }\n    expect:\n      - { at: 18m..15m, send: sms }",
        good: "cases:\n  - name: a demo request is answered\n    given:\n      - { at: 0s, contact: ana, event: lead.demo_requested }\n    expect:\n      - { at: 15m..18m, send: sms }",
      },
    },
  },
  run,
} as const satisfies Check;

function run(workspace: ParsedWorkspace): readonly Problem[] {
  const channels = Object.keys(workspace.workspace?.file.channels ?? {});
  return workspace.tests.flatMap((test) => {
    const cast = castOf(test, workspace.fixtures);
    const rules = rulesOf(test, workspace, channels);
    return onePerPlace(
      test.runs.flatMap((caseRun) => [
        ...timed(caseRun).flatMap((one) => judgeTime(test, caseRun, cast, one)),
        ...expectationsOf(caseRun).flatMap(({ expectation, path }) =>
          // A channel that is not there has a problem of its own.
          "send" in expectation && !channels.includes(expectation.send)
            ? []
            : judgeVerb(test, rules, expectation, path, workspace.templates),
        ),
      ]),
    );
  });
}

interface Timed {
  readonly at: string;
  readonly contact: string | undefined;
  readonly path: Path;
}

function timed(run: CaseRun): readonly Timed[] {
  const { because = [] } = run.story;
  return [
    ...expectationsOf(run).flatMap(({ expectation: { at, contact }, path }) =>
      at === undefined ? [] : [{ at, contact, path: [...path, "at"] }],
    ),
    ...because.flatMap(({ at, contact }, index) =>
      at === undefined ? [] : [{ at, contact, path: pathInCase(run, "because", index, "at") }],
    ),
  ];
}

function judgeTime(
  { document }: ParsedTest,
  run: CaseRun,
  cast: Cast,
  { at, contact, path }: Timed,
): readonly Problem[] {
  const window = parseWindow(at);
  if (window === null) return [];
  const found = mistakeIn(window, run, cast, contact);
  return found === null ? [] : [problemAt(document, { code: "HEED704", path, ...found })];
}

function mistakeIn(
  window: MomentWindow,
  run: CaseRun,
  cast: Cast,
  contact: string | undefined,
): { readonly message: string; readonly help: string } | null {
  if (isReversed(window))
    return { message: "the window ends before it begins", help: "write the earlier moment first" };
  const zones = zonesOf(contact, cast);
  if (zones.every((zone) => spanIn(window, run, zone).from > endOf(run, zone))) {
    return { message: `this is after the horizon of ${run.horizon}`, help: "give the case a longer `horizon`" };
  }
  const beforeAll = zones.every((zone) => {
    const arrivals = run.story.given.flatMap((given) => timesOf(given, run, zone)?.arrives ?? []);
    return arrivals.length > 0 && spanIn(window, run, zone).to < Math.min(...arrivals);
  });
  return beforeAll
    ? { message: "this is before the first event of the case arrives", help: "moments count from the start" }
    : null;
}

/** The rules under test; null when one of them has a problem of its own, so that nobody knows what they do. */
function rulesOf(
  test: ParsedTest,
  workspace: ParsedWorkspace,
  channels: readonly string[],
): readonly ParsedRule[] | null {
  const listed = listedRules(test, workspace);
  const files = new Set(listed.flatMap((entry) => entry.files));
  const rules = workspace.rules.filter(({ document }) => files.has(document.source.name));
  const unread = rules.length < files.size || listed.some((entry) => entry.files.length === 0);
  return unread || rules.flatMap(channelsOf).some((channel) => !channels.includes(channel)) ? null : rules;
}

/** Whether any of the rules, or the one that is named, ever does such a thing. */
function judgeVerb(
  { document }: ParsedTest,
  rules: readonly ParsedRule[] | null,
  expectation: Expectation,
  path: Path,
  templates: ParsedWorkspace["templates"],
): readonly Problem[] {
  const meant = rules?.filter(
    ({ document: of }) => expectation.rule === undefined || idOfFile(of.source.name) === expectation.rule,
  );
  if (meant === undefined || meant.length === 0) return [];
  const who = expectation.rule === undefined ? "no rule of this test" : `\`${expectation.rule}\` never`;
  const sends = new Set(meant.flatMap(channelsOf));
  if ("send" in expectation && !sends.has(expectation.send)) {
    const message = `${who} sends through \`${expectation.send}\``;
    const help = sends.size === 0 ? "they send nothing" : `channels are ${[...sends].join(", ")}`;
    return [problemAt(document, { code: "HEED704", path: [...path, "send"], message, help })];
  }
  if ("send" in expectation) {
    const unfilled = contents.filter((name) => isUnfilled(expectation[name]));
    if (unfilled.length > 0) {
      const message = "a message has no Liquid left in it: it is compared with what is sent";
      const help = "write the words as the contact reads them, or a part of them: { contains: … }";
      return unfilled.map((name) => problemAt(document, { code: "HEED704", path: [...path, name], message, help }));
    }
  }
  if ("send" in expectation) return judgeContent({ document, templates }, meant, expectation, path, who);
  const emits = new Set(meant.flatMap(emittedBy));
  if ("event" in expectation && !emits.has(expectation.event)) {
    const message = `${who} emits \`${expectation.event}\``;
    const help = emits.size === 0 ? "they emit nothing" : `events are ${[...emits].join(", ")}`;
    return [problemAt(document, { code: "HEED704", path: [...path, "event"], message, help })];
  }
  return [];
}

const contents = ["text", "subject", "html", "body"] as const;

/** Whether a text that is expected to the letter, or as a part, has an output of Liquid in it. */
function isUnfilled(matcher: unknown): boolean {
  const text: unknown = typeof matcher === "object" && matcher !== null ? Reflect.get(matcher, "contains") : matcher;
  return typeof text === "string" && /\{\{.*\}\}/s.test(text);
}

/** What a message has only when some step gives it. One mistake each: a message without HTML has none in any case. */
function judgeContent(
  { document, templates }: Pick<ParsedTest, "document"> & Pick<ParsedWorkspace, "templates">,
  rules: readonly ParsedRule[],
  expectation: Extract<Expectation, { send: unknown }>,
  path: Path,
  who: string,
): readonly Problem[] {
  const { send: channel } = expectation;
  const sends = rules.flatMap(({ file }) =>
    stepsOf(file).flatMap(({ step }) => ("send" in step && [step.send].flat().includes(channel) ? [step] : [])),
  );
  const given = new Set(sends.flatMap((step) => contentOf(step, templates)));
  return contents.flatMap((name) => {
    const matcher = expectation[name];
    const free = matcher === undefined || (typeof matcher === "object" && matcher.absent === true);
    if (free || given.has(name)) return [];
    const message = `${who} sends \`${name}\` through \`${channel}\``;
    const help = `what is sent has ${[...given].join(", ")}: add \`${name}\` to the rule, or remove this`;
    return [problemAt(document, { code: "HEED704", path: [...path, name], part: "key", message, help })];
  });
}

/** The contents that a send gives; all that there are when its shared text is not known. */
function contentOf(step: SendStep, templates: ParsedWorkspace["templates"]): readonly string[] {
  const own = contents.filter((name) => step[name] !== undefined);
  if (step.template === undefined) return own;
  const shared = templates.get(step.template);
  if (shared === undefined) return contents;
  return [...own, ...(shared.text === null ? [] : ["text"]), ...(shared.html === null ? [] : ["html"])];
}

function channelsOf({ file }: ParsedRule): readonly string[] {
  return stepsOf(file).flatMap(({ step }) => ("send" in step ? [step.send].flat() : []));
}

function emittedBy({ file }: ParsedRule): readonly string[] {
  return stepsOf(file).flatMap(({ step }) => {
    if ("emit" in step) return [step.emit.event];
    if ("tag" in step) return ["contact.tagged"];
    return "untag" in step ? ["contact.untagged"] : [];
  });
}
