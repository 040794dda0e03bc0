/** What `heed codes PLN203` prints. A page stands beside the code that finds its risk. */
export interface RiskPage {
  /** What is found, in one sentence. */
  readonly what: string;
  /** What it may mean for people. */
  readonly why: string;
  /** What to do, or to make sure of. */
  readonly todo: string;
  /** Lines of a rule or of heed.yaml as they were and as they are, or a story where no lines show it. */
  readonly example:
    | { readonly in: "rule" | "heed.yaml"; readonly before: string; readonly after: string }
    | { readonly in: "words"; readonly story: string };
}
