import type { RecordedEvent, SentMessage } from "../../plan/recording.ts";
import { inOrder } from "./in-order.ts";
import { readLines } from "./line-reader.ts";
import { momentIn, readRecordedLine } from "./recorded-line.ts";
import type { LeftOut, RecordingPart } from "./recording-part.ts";

/** A file of canonical events, one in each line, and of rows of `heed export --what messages`. `name` is what people know it by. */
export async function openFilePart(path: string, name: string, close: () => Promise<void>): Promise<RecordingPart> {
  const look = await lookAt(path, name);
  const { span, events: count, messages, isOrdered } = look;
  return {
    name,
    span,
    count,
    hasSent: messages > 0,
    events(since, left) {
      // Where all are wanted, none is looked at before it is parsed.
      const found = eventsIn(path, name, span === null || since <= span.from ? Number.NEGATIVE_INFINITY : since, left);
      const late = (): void => left.other("events that came in so late that they count as of the event before them");
      return isOrdered ? found : inOrder(found, late);
    },
    sent: (since) => sentIn(path, name, since),
    close,
  };
}

interface Look {
  readonly span: { readonly from: number; readonly to: number } | null;
  readonly events: number;
  readonly messages: number;
  readonly isOrdered: boolean;
}

/** From when to when, how many, and whether in order: read once through, and hardly a line parsed. */
async function lookAt(path: string, name: string): Promise<Look> {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [events, messages] = [0, 0];
  let isOrdered = true;
  for await (const lines of readLines(path, name)) {
    for (const line of lines) {
      const at = momentIn(line) ?? momentOf(line);
      if (at === "message") messages += 1;
      if (at === null || at === "message") continue;
      events += 1;
      if (at < to) isOrdered = false;
      from = Math.min(from, at);
      to = Math.max(to, at);
    }
  }
  return { span: events === 0 ? null : { from, to }, events, messages, isOrdered };
}

function momentOf(line: Buffer): number | "message" | null {
  if (isBlank(line)) return null;
  const read = readRecordedLine(line);
  if (read.kind === "message") return read.sent === null ? null : "message";
  return read.kind === "event" ? read.event.at : null;
}

async function* eventsIn(
  path: string,
  name: string,
  since: number,
  left: LeftOut,
): AsyncGenerator<readonly RecordedEvent[]> {
  let isFirst = true;
  for await (const lines of readLines(path, name)) {
    const events: RecordedEvent[] = [];
    for (const line of lines) {
      const text = isFirst ? withoutMark(line) : line;
      isFirst = false;
      if (isBlank(text)) continue;
      // What is too old is not even parsed.
      const early = since === Number.NEGATIVE_INFINITY ? null : momentIn(text);
      if (early !== null && early < since) continue;
      const read = readRecordedLine(text);
      if (read.kind === "none") left.unreadable(read.why);
      if (read.kind === "event" && read.event.at >= since) events.push(read.event);
    }
    yield events;
  }
}

async function* sentIn(path: string, name: string, since: number): AsyncGenerator<SentMessage> {
  for await (const lines of readLines(path, name)) {
    for (const line of lines) {
      // Rows of messages say nothing of when an event came in.
      if (isBlank(line) || !line.includes('"sent_at"') || momentIn(line) !== null) continue;
      const read = readRecordedLine(line);
      if (read.kind === "message" && read.sent !== null && read.sent.at >= since) yield read.sent;
    }
  }
}

const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);

function withoutMark(line: Buffer): Buffer {
  return line.subarray(0, 3).equals(BYTE_ORDER_MARK) ? line.subarray(3) : line;
}

function isBlank(line: Buffer): boolean {
  return line.length === 0 || (line.length < 8 && line.toString("latin1").trim() === "");
}
