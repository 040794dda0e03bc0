import { literalsOf } from "../../templates/literals-of.ts";
import type { Check } from "../check.ts";
import {
  type ForeignPlaceholder,
  foreignPlaceholders,
  inLiquid,
  mayHavePlaceholders,
  unseenStretches,
} from "../foreign-placeholders.ts";
import type { ParsedWorkspace, Text } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import { problemIn } from "../source-file.ts";
import { textsInSight } from "../texts-in-sight.ts";

/** A placeholder as other tools write it, which contacts would read as it stands. */
export const foreignPlaceholder = {
  id: "foreign-placeholder",
  pages: {
    HEED506: {
      what: "A text holds a placeholder as another tool writes it: `{name}`, `%NAME%`, `[[name]]` or `<%= name %>`.",
      why: "Nothing fills it in, so that contacts would read it as it stands. Texts are Liquid: `{{ contact.first_name }}`.",
      example: {
        in: "rule",
        bad: 'actions:\n  - send: sms\n    text: "Hello %FIRST_NAME%, we will call you."',
        good: "actions:\n  - send: sms\n    text: 'Hello {{ contact.first_name | default: \"there\" }}, we will call you.'",
      },
      waivable: true,
    },
  },
  run,
} as const satisfies Check;

function run(parsed: ParsedWorkspace): readonly Problem[] {
  const { workspace } = parsed;
  if (workspace === null) return [];
  return textsInSight(parsed).flatMap(({ text }): readonly Problem[] => {
    const [first, ...others] = placeholdersOf(text);
    if (first === undefined) return [];
    const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
    const subject = `\`${first.written}\`${more} is`;
    return [
      problemIn(text.file, {
        code: "HEED506",
        severity: "warning",
        message: `${subject} a placeholder of another tool, and is sent as it stands`,
        help: `write ${inLiquid(first.name, workspace.file)}`,
        range: text.rangeOf(first.start, first.end),
        path: text.path,
      }),
    ];
  });
}

/** Only what the text says by itself can be one; a text that is not Liquid has another mistake. */
function placeholdersOf(text: Text): readonly ForeignPlaceholder[] {
  const { source, kind, path } = text;
  if (!mayHavePlaceholders(source)) return [];
  const isSeen = kind === "html" ? seenIn(source) : () => true;
  return (literalsOf(source, kind) ?? [])
    .flatMap((literal) =>
      foreignPlaceholders(literal.text).map(({ written, name, start, end }): ForeignPlaceholder => ({
        written,
        name,
        start: literal.start + start,
        end: literal.start + end,
      })),
    )
    .filter(
      ({ written, name, start }) =>
        isSeen(start) &&
        // Of a `${NAME}` in a rule it is reported that the environment is not read there.
        !(path.length > 0 && written === `\${${name}}` && /^\w+$/.test(name)),
    );
}

/** Whether a reader sees what stands there. To be asked from front to back. */
function seenIn(html: string): (at: number) => boolean {
  const unseen = unseenStretches(html);
  let next = 0;
  return (at) => {
    while ((unseen[next]?.[1] ?? Number.POSITIVE_INFINITY) <= at) next += 1;
    return at < (unseen[next]?.[0] ?? Number.POSITIVE_INFINITY);
  };
}
