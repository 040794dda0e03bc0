/** The rules cannot be deployed; the text tells all problems, rendered for the terminal. */
export class RulesRefused extends Error {
  override readonly name = "RulesRefused";
}
