/** An element of XML, with what is in it in order. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (XmlElement | string)[];
}

/** Reads as much of XML as our reports use, and throws on everything that is not well-formed. */
export function readXml(text: string): XmlElement {
  const body = /^<\?xml version="1\.0" encoding="UTF-8"\?>\n(.*?)\n$/s.exec(text)?.[1];
  if (body === undefined) throw new Error("no XML declaration");
  const open: { name: string; attributes: Record<string, string>; children: (XmlElement | string)[] }[] = [];
  const root: XmlElement[] = [];
  for (const [piece] of body.matchAll(/<[^<>]*>|[^<>]+|[<>]/g)) {
    const tag = /^<(\/?)([a-z-]+)((?: [a-z]+="[^"\n\t]*")*)(\/?)>$/.exec(piece);
    if (tag === null) {
      if (/[<>]/.test(piece)) throw new Error(`not a tag: ${piece}`);
      if (piece.trim() !== "") open.at(-1)?.children.push(decoded(piece));
      continue;
    }
    const [, closes, name = "", list = "", empty] = tag;
    if (closes === "/") {
      const element = open.pop();
      if (element?.name !== name) throw new Error(`</${name}> closes ${element?.name ?? "nothing"}`);
      add(element);
    } else {
      const attributes = [...list.matchAll(/ ([a-z]+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [
        key,
        decoded(value),
      ]);
      if (new Set(attributes.map(([key]) => key)).size < attributes.length)
        throw new Error(`an attribute twice: ${piece}`);
      const element = { name, attributes: Object.fromEntries(attributes) as Record<string, string>, children: [] };
      if (empty === "/") add(element);
      else open.push(element);
    }
  }
  const [only] = root;
  if (only === undefined || root.length > 1 || open.length > 0) throw new Error("not one element");
  return only;

  function add(element: XmlElement): void {
    const parent = open.at(-1);
    if (parent === undefined) root.push(element);
    else parent.children.push(element);
  }
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#10": "\n", "#9": "\t" };

function decoded(text: string): string {
  // XML 1.0, production 2: what a document may hold at all.
  if (/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(text)) throw new Error("a character XML lacks");
  return text.replace(/&([^;]{0,8});?/g, (_, name: string) => {
    const character = entities[name];
    if (character === undefined) throw new Error(`&${name}; is not known`);
    return character;
  });
}
