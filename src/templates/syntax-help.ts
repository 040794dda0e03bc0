/** What to write in the place of something that is not Liquid, told by what its parser says and by what stands there. */
export function syntaxHelp(message: string, source: string, start: number): string | null {
  const here = source.slice(start, start + 200);
  const before = source.slice(Math.max(0, start - 200), start);
  if (here.startsWith("{{{") || (before.endsWith("{") && here.startsWith("{{")) || message.includes('"{ ')) {
    return "two braces are enough: {{ contact.first_name }}";
  }
  if (message.startsWith("output ") && message.endsWith("not closed")) return "end it with }}";
  const open = /^tag \{%-?\s*(\w+).*not closed$/s.exec(message)?.[1];
  if (open !== undefined) return `end it with {% end${open} %}`;
  if (/\{%-?\s*else\s+if\b/.test(source) && message.includes('"if"')) return "write {% elsif … %}";
  const inTag = before.lastIndexOf("{%") > before.lastIndexOf("{{");
  if (message.includes("filter name") && /\|\s*\|?\s*$/.test(before)) {
    return inTag ? orHelp : 'for a fallback write {{ contact.first_name | default: "there" }}';
  }
  if (message.startsWith('expected ":"')) return 'write a colon behind the filter: | default: "there"';
  if (message.startsWith('expected "|"')) {
    if (/=\s*$/.test(before)) return 'values are compared with two signs: {% if contact.plan == "pro" %}';
    if (/&\s*$/.test(before)) return "write and: {% if contact.plan and contact.status %}";
    return /\?\s*$/.test(before)
      ? "write {% if … %} … {% else %} … {% endif %}"
      : 'a filter stands behind a |: {{ contact.first_name | default: "there" }}';
  }
  return null;
}

const orHelp = "write or: {% if contact.plan or contact.status %}";

/** An end that does not fit: what is open has an end of its own. */
export function closingHelp(tag: string, before: string): string | null {
  if (!tag.startsWith("end")) return null;
  const open: string[] = [];
  for (const [, end = "", name = ""] of before.matchAll(/\{%-?\s*(end)?(if|unless|case|for|comment)\b/g)) {
    if (end === "") open.push(name);
    else open.pop();
  }
  const last = open.at(-1);
  return last === undefined ? "remove it: nothing is open here" : `write {% end${last} %}`;
}
