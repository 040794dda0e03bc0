import { changeHouse, type HouseKey, readHouse } from "../runtime/house-documents.ts";
import { type Store, Unsupported } from "../store/store.ts";
import { version } from "./version.ts";

/**
 * What documents, jobs and lines of a store look like. It grows when an older Heed would misread what a newer one writes;
 * a field that may be missing is no new format.
 */
const FORMAT = 1;
const KEY: HouseKey = "heed:format";

/** Throws `Unsupported` for what a newer Heed wrote: read by the words of now, it would mean something else. */
export async function assertKnownFormat(store: Pick<Store, "load">): Promise<void> {
  const { format, by } = readFormat(await readHouse(store, KEY));
  if (format <= FORMAT) return;
  throw new Unsupported(
    `this store was written by a newer Heed${by === "" ? "" : `, ${by}`}: it has format ${format}, and this is Heed ${version}, which knows up to ${FORMAT}. Run that version or a newer one; nothing was changed`,
  );
}

/** Whoever runs on a store says so: older ones keep off from then on. */
export async function tellFormat(store: Store): Promise<void> {
  await changeHouse(store, KEY, (body) =>
    readFormat(body).format >= FORMAT
      ? { write: undefined, result: null }
      : { write: { format: FORMAT, by: version }, result: null },
  );
}

/** A store of before formats were told has none. */
function readFormat(body: unknown): { readonly format: number; readonly by: string } {
  const format: unknown = typeof body === "object" && body !== null && "format" in body ? body.format : 0;
  const by: unknown = typeof body === "object" && body !== null && "by" in body ? body.by : "";
  return { format: typeof format === "number" ? format : 0, by: typeof by === "string" ? by : "" };
}
