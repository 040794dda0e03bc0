import { pino } from "pino";

/**
 * One JSON line per thing worth telling, on stderr, because stdout is for results. Fields are ids, codes, counts and
 * reasons; never an address, a name, a text or a secret (`test/process/personal-data.test.ts`).
 */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

export function createLog(destination: { write(line: string): void }): Log {
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  return {
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
  };
}

/** What may be told of something thrown: its class and code. Messages of libraries may quote what they were given. */
export function faultFields(fault: unknown): LogFields {
  if (!(fault instanceof Error)) return { fault: typeof fault };
  const code = "code" in fault && typeof fault.code === "string" ? fault.code : null;
  return { fault: fault.name, code };
}
