/** The generated files that are not what their schema says, with what they should be. */
export function staleTypes(): Promise<readonly { readonly types: string; readonly wanted: string }[]>;
