import type { Clock } from "../../core/model/clock.ts";
import { withDeadline } from "../deadline.ts";
import { probeTimeoutMs } from "../probe.ts";
import type { Probe } from "../provider.ts";
import { openTransport, readFailure } from "./transport.ts";
import type { SmtpSettings } from "./settings.ts";

/** A connection up to the login, and no mail. Never rejects. */
export async function probeSmtp(settings: SmtpSettings, clock: Clock): Promise<Probe> {
  const transport = openTransport({ ...settings, timeoutMs: Math.min(settings.timeoutMs, probeTimeoutMs) });
  const late: Probe = { kind: "unclear", says: "gave no answer in time" };
  try {
    return await withDeadline(clock, probeTimeoutMs, late, async () => {
      await transport.verify();
      const taken = settings.login === null ? "takes connections without a login" : "takes our credentials";
      return { kind: "good", says: taken };
    });
  } catch (error) {
    const { code, replyCode } = readFailure(error);
    if (code === "EAUTH")
      return { kind: "refused", says: `refuses our credentials${replyCode === null ? "" : ` (${replyCode})`}` };
    return code === "timeout" ? late : { kind: "unclear", says: `was not reached: ${code}` };
  } finally {
    transport.close();
  }
}
