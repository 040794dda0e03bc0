import { type Contact, type SpareContact, spareContact, wholeContact } from "../../core/model/contact.ts";
import type { Documents } from "../../simulate/virtual-world.ts";
import { createShelf } from "./shelf.ts";

/** The documents of whoever is played. */
export interface PlayedDocuments extends Documents {
  /** Whom a document belongs to, by the number of a cluster. */
  clusterOf(key: string): number;
  belongs(key: string, cluster: number): void;
  /** Everybody who is in a rule. */
  underWay(): Iterable<Contact>;
}

/** Of a cluster that is played by itself: a few. */
export function createDocumentsOf(cluster: number): PlayedDocuments {
  const documents = new Map<string, Contact>();
  return {
    get: (key) => documents.get(key),
    set: (key, contact) => void documents.set(key, contact),
    clusterOf: () => cluster,
    belongs() {
      // Whoever is met here belongs to it.
    },
    underWay: () => documents.values(),
  };
}

const UNDER_WAY = '"enrollments":{';

/** What happens to a contact mostly goes on at once: an event, a ticket, a result. */
const AWAKE = 2_000;

/** Of hundreds of thousands of contacts: documents that nothing happens to are kept as text, out of the heap. */
export function createDocuments(): PlayedDocuments {
  /** By key, a number for the columns below. */
  const numbers = new Map<string, number>();
  /** By number, the cluster, and from 1 the place on the shelf. */
  const clusters: number[] = [];
  const places: number[] = [];
  const shelf = createShelf();
  /** The one that was touched last comes last. */
  const awake = new Map<string, Contact>();
  const numberOf = (key: string): number => {
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, clusters.length);
    places.push(0);
    return clusters.push(0) - 1;
  };
  const textOf = (number: number | undefined): string | null => {
    const place = number === undefined ? 0 : (places[number] ?? 0);
    return place === 0 ? null : shelf.take(place - 1);
  };
  const sleep = (key: string, contact: Contact): void => {
    const number = numberOf(key);
    places[number] = shelf.put(encode(contact), (places[number] ?? 0) - 1) + 1;
  };
  const touch = (key: string, contact: Contact): void => {
    awake.delete(key);
    awake.set(key, contact);
    if (awake.size <= AWAKE) return;
    for (const [oldest, document] of awake) {
      sleep(oldest, document);
      awake.delete(oldest);
      return;
    }
  };
  return {
    get(key) {
      const known = awake.get(key) ?? decode(textOf(numbers.get(key)));
      if (known !== undefined) touch(key, known);
      return known;
    },
    set: touch,
    clusterOf: (key) => clusters[numbers.get(key) ?? -1] ?? 0,
    belongs(key, cluster) {
      if (!numbers.has(key)) clusters[numberOf(key)] = cluster;
    },
    *underWay() {
      for (const [key, number] of numbers) {
        const text = awake.has(key) ? null : textOf(number);
        // Most are in none, and need not be read for that.
        const contact = text?.includes(UNDER_WAY) === true ? decode(text) : awake.get(key);
        if (contact !== undefined) yield contact;
      }
    },
  };
}

function encode(contact: Contact): string {
  let text = JSON.stringify(spareContact(contact));
  for (const [index, phrase] of PHRASES.entries()) text = text.replaceAll(phrase, MARKS[index] ?? phrase);
  return text;
}

/** What `encode` wrote, and nobody else could. */
function decode(text: string | null): Contact | undefined {
  if (text === null) return undefined;
  let whole = text;
  for (const [index, phrase] of PHRASES.entries()) whole = whole.replaceAll(MARKS[index] ?? phrase, phrase);
  return wholeContact(JSON.parse(whole) as SpareContact);
}

/** What stands in many documents, as JSON writes it. For each, one character stands that JSON never writes plainly. */
const PHRASES: readonly string[] = [
  '"state":{"kind":"accepted"},"ticket":1,"attempt":1,"failures":0,"firstCallAt":',
  ',"providerMessageId":null,"reason":"sent","changedAt":',
  '"tried":[],"class":"transactional","provider":"',
  '"tried":[],"class":"marketing","provider":"',
  '"addresses":{"email":{"address":"',
  '"addresses":{"phone":{"address":"',
  '"phone":{"address":"',
  '","at":0}},"seen":{"',
  '"},"pointsTo":["',
  ',"class":"transactional"}',
  ',"class":"marketing"}',
  '","enrollment":"',
  ',"lastCallAt":',
  '"attributeTimes":{"',
  '","counted":true,',
  '"],"words":{"',
  '"intents":{"',
  '"taken":[{"intent":"',
  '","channel":"',
];
const MARKS: readonly string[] = PHRASES.map((_, index) => String.fromCodePoint(index + 1));
