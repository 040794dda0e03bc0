/** The chat server knows a repetition by its key, and can be asked whether it has a message. */
const capabilities = { kinds: ["slack"], idempotencyKey: true, lookup: true };

/** What the server means by saying no, also for `providers:` of tests. */
function outcomeOfRefusal({ status, code, afterMs }) {
  const named = code ?? `http_${status}`;
  if (status === 429 || status === 503) return { kind: "retryable", code: named, afterMs };
  if (status === 401 || status === 403) return { kind: "misconfigured", code: named };
  if (status >= 500) return { kind: "ambiguous", code: named };
  return { kind: "rejected", code: named, class: "content" };
}

/** @type {import("heed/definition").ProviderDefinition} */
export const heedProvider = {
  name: "chat",
  title: "Chat",
  capabilities,
  correlation: "key",
  configure(settings) {
    const problems = [];
    for (const key of ["url", "token"]) {
      if (typeof settings?.[key] !== "string") problems.push({ path: [key], message: "is required" });
    }
    if (problems.length > 0) return { ok: false, problems };
    return {
      ok: true,
      create: async () => ({ name: "chat", inbound: null, outbound: openChat(settings) }),
    };
  },
  outcomeOfRefusal,
};

const timeoutMs = 5_000;

/** @returns {import("heed/provider").Outbound} */
function openChat({ url, token }) {
  const call = (path, options = {}) =>
    fetch(`${url}${path}`, {
      ...options,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
  return {
    capabilities,
    timeoutMs: timeoutMs + 500,
    async send({ intentId, kind, content }) {
      if (kind !== "slack") return { kind: "rejected", code: "kind_unsupported", class: "other" };
      const body = JSON.stringify({ key: intentId, text: content.text });
      try {
        const answer = await call("/messages", { method: "POST", body });
        if (answer.ok) return { kind: "accepted", providerMessageId: (await answer.json()).id };
        return outcomeOfRefusal({ status: answer.status, code: null, afterMs: null });
      } catch (error) {
        const refused = error?.cause?.code === "ECONNREFUSED";
        return refused
          ? { kind: "retryable", code: "ECONNREFUSED", afterMs: null }
          : { kind: "ambiguous", code: "timeout" };
      }
    },
    async reconcile({ message }) {
      try {
        const answer = await call(`/messages/${message.intentId}`);
        if (answer.status === 404) return { kind: "not_found" };
        if (!answer.ok) return { kind: "unavailable", code: `http_${answer.status}` };
        return { kind: "found", providerMessageId: (await answer.json()).id };
      } catch {
        return { kind: "unavailable", code: "timeout" };
      }
    },
    async close() {},
  };
}
