import { asWritten, ofDuration, ofMoney, ofRate, ofSet, ofShare, ofWords } from "./meaning.ts";
import { capShape } from "./rule-shape.ts";
import { leaf, list, map, type MapShape, named, section, tree } from "./shape.ts";

/** Every key of heed.yaml, and for whom a change of it matters. Secrets are a matter of safety wherever they stand. */

const fields = named(
  map("state", { type: leaf("state"), enum: leaf("state", ofSet), required: leaf("state"), redact: leaf("safety") }),
);

/** What is taken out of another system's events: whom they concern and what rules may ask. */
const mapping = section({
  each: leaf("audience"),
  event: leaf("audience"),
  type: leaf("audience"),
  names: named(leaf("audience")),
  id: leaf("audience"),
  occurred_at: leaf("audience"),
  contact_id: leaf("audience"),
  email: leaf("audience"),
  phone: leaf("audience"),
  anonymous_id: leaf("audience"),
  data: named(leaf("audience")),
});

/** Where the truth is asked, and how. */
const http = map("route", {
  url: leaf("route"),
  method: leaf("route", asWritten, "GET"),
  headers: named(leaf("route")),
  auth: tree("safety"),
  body: tree("route"),
  path: leaf("audience"),
  allow_hosts: leaf("safety", ofSet),
});
const postgres = map("route", { url: leaf("route"), query: leaf("audience"), params: leaf("audience") });
const redis = map("route", { url: leaf("route"), get: leaf("audience"), hgetall: leaf("audience") });
const hubspot = map("route", {
  access_token: leaf("safety"),
  by: leaf("audience"),
  properties: leaf("audience", ofSet),
  base_url: leaf("route"),
});
const salesforce = map("route", {
  instance_url: leaf("route"),
  client_id: leaf("route"),
  client_secret: leaf("safety"),
  query: leaf("audience"),
  refresh_token: leaf("safety"),
  api_version: leaf("route"),
});

export const workspaceShape: MapShape = section({
  // Draws hang on it: who is in which share, and when a drawn delay ends.
  workspace: leaf("state"),
  time_zone: leaf("timing"),
  country: leaf("route"),
  providers: named(tree("route")),
  channels: named(
    map("route", {
      kind: leaf("route"),
      provider: leaf("route"),
      from: leaf("route"),
      rate: leaf("volume", ofRate),
      quiet_hours: map("timing", { from: leaf("timing"), to: leaf("timing") }),
      price: section({
        per_message: leaf("volume", ofMoney),
        per_segment: leaf("volume", ofMoney),
        prefixes: named(leaf("volume", ofMoney)),
      }),
    }),
  ),
  contacts: section({ fields }),
  events: named(map("state", { data: named(leaf("state")) }, { whole: true })),
  sources: named(
    map("audience", {
      auth: leaf("safety"),
      secret: leaf("safety"),
      header: leaf("safety"),
      encoding: leaf("safety"),
      tolerance: leaf("safety", ofDuration),
      events: mapping,
    }),
  ),
  lookups: named(
    map("audience", {
      http,
      postgres,
      redis,
      hubspot,
      salesforce,
      timeout: leaf("timing", ofDuration),
      cache: leaf("timing", ofDuration),
      on_error: leaf("audience", asWritten, "hold"),
      fields,
    }),
  ),
  consent: section({
    sms: leaf("safety", asWritten, "opt_in"),
    email: leaf("safety", asWritten, "opt_in"),
    push: leaf("safety", asWritten, "opt_in"),
    voice: leaf("safety", asWritten, "opt_in"),
  }),
  caps: list(capShape),
  budgets: list(
    map("volume", {
      channel: leaf("volume"),
      max: leaf("volume", ofMoney),
      per: leaf("volume"),
      on_exceed: leaf("volume", asWritten, "hold"),
    }),
  ),
  replies: section({ stop: leaf("safety", asWritten, "marketing") }),
  opt_out: section({
    keywords: leaf("safety", ofWords),
    phrases: leaf("safety", ofSet),
    on_phrase: leaf("safety", asWritten, "flag"),
    scope: leaf("safety", asWritten, "channel"),
    confirm: leaf("safety"),
    unsubscribe: map("safety", { public_url: leaf("safety"), secret: leaf("safety") }),
  }),
  limits: section({
    sms_segments: leaf("volume", asWritten, 3),
    first_day: leaf("volume", asWritten, 1000),
    race_window: leaf("timing", ofDuration, "60s"),
  }),
  self_protection: section({
    rate_factor: leaf("volume"),
    opt_out_rate: leaf("safety", ofShare),
    bounce_rate: leaf("safety", ofShare),
    error_rate: leaf("safety", ofShare),
  }),
  alerts: map("route", { channel: leaf("route"), to: leaf("route") }),
  plugins: leaf("route", ofSet),
  retention: section({ events: leaf("state", ofDuration), ledger: leaf("state", ofDuration) }),
});
