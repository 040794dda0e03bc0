import { cancelDeed, contactPage } from "../console/contact-page.ts";
import { deadLetterPage, deadLettersPage, discardDeed, replayDeed } from "../console/dead-letters-pages.ts";
import { findDeed, findPage, foundPage } from "../console/find-page.ts";
import { outboxPage } from "../console/outbox-page.ts";
import { pauseDeed, pausesPage, resumeDeed } from "../console/pauses-page.ts";
import type { PausesPort } from "../console/pauses-api.ts";
import { pendingPage } from "../console/pending-page.ts";
import { createRefs } from "../console/refs.ts";
import type { Deed, Page } from "../console/routes.ts";
import type { Clock } from "../core/model/clock.ts";
import { readOutbox } from "../providers/outbox/journal.ts";
import type { CompiledWorkspace } from "../rulebook/compile-workspace.ts";
import type { Store } from "../store/store.ts";
import { contactsPort } from "./contacts-port.ts";
import { deadLettersPort } from "./dead-letters-port.ts";
import { lookAtPending } from "./pending-sends.ts";

export interface PeoplePagesParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly apiToken: string;
  readonly dataDirectory: string;
  readonly workspace: () => CompiledWorkspace;
  readonly pauses: () => PausesPort | null;
}

/** A contact's page tells what its newest messages said, if they are among so many. */
const MOST_KEPT = 500;

/** The console's pages about people and about what waits for people, with the ports they need. */
export function peoplePages(parts: PeoplePagesParts): {
  readonly pages: readonly Page[];
  readonly deeds: readonly Deed[];
} {
  const { store, clock, apiToken, dataDirectory, workspace, pauses } = parts;
  const refs = createRefs(apiToken);
  const kept = async () => {
    const records = await readOutbox(dataDirectory, { limit: MOST_KEPT });
    return new Map(records.map(({ intent, content: { html: _markup, ...content } }) => [intent, content]));
  };
  const people = { contacts: contactsPort({ store, clock, workspace, kept }), refs };
  const letters = { letters: deadLettersPort(store, clock), refs };
  const zone = (): string => workspace().rulebook.workspace.timeZone;
  const outbox = { outbox: (page: { readonly limit: number }) => readOutbox(dataDirectory, page), refs, zone };
  const switches = {
    pauses,
    clock,
    names: () => {
      const { rules, workspace: settings } = workspace().rulebook;
      return { rules: [...rules.keys()], channels: [...settings.channels.keys()], zone: settings.timeZone };
    },
  };
  return {
    pages: [
      findPage(),
      foundPage(people),
      contactPage(people),
      pendingPage({ pending: lookAtPending({ store, clock, rulebook: () => workspace().rulebook }), zone }),
      deadLettersPage(letters),
      deadLetterPage(letters),
      pausesPage(switches),
      outboxPage(outbox),
    ],
    deeds: [
      findDeed(people),
      cancelDeed(people),
      replayDeed(letters),
      discardDeed(letters),
      pauseDeed(switches),
      resumeDeed(switches),
    ],
  };
}
