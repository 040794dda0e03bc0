import { Composer, type CST, type Document, Lexer, Parser, YAMLParseError } from "yaml";

/** No file a person writes comes near it; readers of YAML recurse. */
export const maxYamlDepth = 64;

/** Words and marks of a file: a rule of a thousand entries, or a workspace of some thousand events, and no more. */
export const maxLexemes = { rule: 20_000, other: 200_000 } as const;

export type ParsedYaml =
  | { readonly kind: "document"; readonly document: Document.Parsed }
  | { readonly kind: "too deep" | "too much"; readonly offset: number };

/**
 * Parses a text of one YAML document, as `parseDocument` of the library does, and gives up before anything recurses or
 * takes long: at brackets that are open at once, markers of lists and keys on one line, and too many words. Indentation
 * alone nests only as deep as a bounded file has room for, which the parser bears; `readYaml` measures it afterwards.
 */
export function parseYaml(text: string, most: number): ParsedYaml {
  const measure = createMeasure(most);
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    const excess = measure(lexeme);
    if (excess !== null) return excess;
    for (const token of parser.next(lexeme)) tokens.push(token);
  }
  tokens.push(...parser.end());
  // Compared pair by pair, keys would take seconds in a file made for it; `readYaml` looks itself.
  const composer = new Composer({ version: "1.2", schema: "core", strict: true, uniqueKeys: false });
  const [document, another] = composer.compose(tokens, true, text.length);
  if (document === undefined) throw new Error("a text without a document");
  if (another !== undefined) {
    const [start, end] = another.range;
    document.errors.push(new YAMLParseError([start, end], "MULTIPLE_DOCS", "several documents"));
  }
  return { kind: "document", document };
}

/** The lexer's own marks: a document begins, a flow collection ends by mistake, a scalar follows. They stand for no text. */
const [documentBegins, flowEnds, scalarFollows] = ["\u0002", "\u0018", "\u001f"];

/** Takes the lexemes of a text in order, and says at which offset they pass a limit. */
function createMeasure(most: number): (lexeme: string) => ParsedYaml | null {
  let offset = 0;
  let count = 0;
  /** For each open bracket, the markers before it: a comma or its end goes back to them. */
  const open: number[] = [];
  let markers = 0;
  let inScalar = false;
  return (lexeme) => {
    if (lexeme === scalarFollows) {
      inScalar = true;
      return null;
    }
    count += 1;
    if (count > most) return { kind: "too much", offset };
    if (!inScalar) {
      if (lexeme === "[" || lexeme === "{") open.push(markers);
      else if (lexeme === "]" || lexeme === "}") markers = open.pop() ?? markers;
      else if (lexeme === ",") markers = open.at(-1) ?? markers;
      else if (lexeme === flowEnds) open.length = 0;
      else if (lexeme === "-" || lexeme === "?" || lexeme === ":") markers += 1;
      else if (open.length === 0 && lexeme.includes("\n")) markers = 0;
      if (open.length > maxYamlDepth || markers > maxYamlDepth) return { kind: "too deep", offset };
    }
    inScalar = false;
    if (lexeme !== documentBegins && lexeme !== flowEnds) offset += lexeme.length;
    return null;
  };
}
