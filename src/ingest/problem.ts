import { STATUS_CODES } from "node:http";

/**
 * An error as `application/problem+json` (RFC 9457). `id` finds the request in the log. Neither the title nor anything
 * else repeats what was sent: the body may hold addresses, and a stranger learns nothing from a constant.
 */
export interface Problem {
  readonly status: number;
  readonly title: string;
  /** Faults of single elements, as JSON pointers and messages without values. Only for callers that have shown a token. */
  readonly errors?: readonly { readonly pointer: string; readonly message: string }[];
}

export function problem(status: number, title = STATUS_CODES[status] ?? "Error"): Problem {
  return { status, title };
}

export function problemBody(found: Problem, id: string): string {
  const { status, title, errors } = found;
  return JSON.stringify({ type: "about:blank", title, status, id, ...(errors === undefined ? {} : { errors }) });
}
