/** A value that survives JSON unchanged. Everything that enters Heed from outside is one. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json;
}
