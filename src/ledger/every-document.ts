import type { Doc, Key, Store } from "../store/store.ts";

const PAGE = 500;

/** Every live document once, those of the house too, page by page, from behind `after` on. Rejects with `Unavailable`. */
export async function* everyDocument(store: Pick<Store, "scan">, after?: Key): AsyncGenerator<readonly Doc[]> {
  for (let last = after; ;) {
    const page = await store.scan({ limit: PAGE, ...(last !== undefined && { after: last }) });
    if (page.length === 0) return;
    yield page;
    last = page.at(-1)?.key;
  }
}

/** Every live document of a contact once, without those of the house, page by page. Rejects with `Unavailable`. */
export async function* everyContact(store: Pick<Store, "scan">): AsyncGenerator<readonly Doc[]> {
  for await (const page of everyDocument(store)) {
    const contacts = page.filter(({ key }) => !key.startsWith("heed:"));
    if (contacts.length > 0) yield contacts;
  }
}
