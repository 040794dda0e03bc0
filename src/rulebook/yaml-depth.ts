import { Lexer } from "yaml";

/** No file a person writes comes near it; readers of YAML recurse. */
export const maxYamlDepth = 64;

const scalarFollows = "\u001f";

/**
 * The offset at which nesting passes the limit, or null. Looks at the lexer's flat stream, before anything recurses:
 * brackets that are open at once, and markers of lists and keys on one line. Indentation alone can nest only as deep
 * as a bounded file has room for, which the parser bears; `readYaml` measures the rest afterwards.
 */
export function tooDeepAt(text: string): number | null {
  let offset = 0;
  let brackets = 0;
  let markers = 0;
  let inScalar = false;
  for (const token of new Lexer().lex(text)) {
    if (token === scalarFollows) {
      inScalar = true;
      continue;
    }
    if (!inScalar) {
      if (token === "[" || token === "{") brackets += 1;
      else if (token === "]" || token === "}") brackets -= 1;
      else if (token === "-" || token === "?" || token === ":") markers += 1;
      else if (token.includes("\n")) markers = 0;
      if (brackets > maxYamlDepth || (brackets === 0 && markers > maxYamlDepth)) return offset;
    }
    inScalar = false;
    if (!isSignal(token)) offset += token.length;
  }
  return null;
}

/** Control tokens of the lexer that stand for no text of the file. */
function isSignal(token: string): boolean {
  return token === "\u0002" || token === "\u0018";
}
