import { stringify } from "yaml";

interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly severity: "page" | "look";
  readonly summary: string;
  readonly todo: string;
}

/**
 * Prometheus' rules for who is on call, as `heed assets --alerts` prints them. They tell of what Heed cannot tell itself, such
 * as that it is down, and of the same as its own alerts, for those who have one place for all alerts.
 */
export function alertRules(): string {
  const rules = all.map(({ alert, expr, for: lasting, severity, summary, todo }) => ({
    alert,
    expr,
    // A key without a value is not written.
    for: lasting,
    labels: { severity },
    annotations: { summary, todo },
  }));
  return stringify({ groups: [{ name: "heed", rules }] }, { lineWidth: 0, keepUndefined: false });
}

/** How much a counter grew, also when a series of it is new: `increase` does not see its first value. */
function grew(selector: string, by: string, window: string): string {
  return `sum by (${by}) ((${selector} unless ${selector} offset ${window}) or increase(${selector}[${window}]))`;
}

function quantile(metric: string, by: string): string {
  return `histogram_quantile(0.99, sum by (${by}) (rate(${metric}_bucket[10m])))`;
}

const all: readonly AlertRule[] = [
  {
    alert: "HeedDown",
    expr: 'up{job="heed"} == 0',
    for: "2m",
    severity: "page",
    summary: "{{ .Labels.instance }} does not answer.",
    todo: "Look at its log. What was acknowledged is kept; vendors send webhooks again.",
  },
  {
    alert: "HeedStoreTrouble",
    expr: `${grew('heed_store_connection_total{news=~"lost|refused|forbidden"}', "instance, news", "10m")} > 0`,
    severity: "page",
    summary: "The connection to the store was {{ .Labels.news }}, as {{ .Labels.instance }} sees it.",
    todo: "heed doctor says what the store answers.",
  },
  {
    alert: "HeedEventsWait",
    expr: 'max(heed_lane_oldest_seconds{lane="events"}) > 60',
    for: "5m",
    severity: "page",
    summary: "Events wait to be decided for {{ .Value | humanizeDuration }}.",
    todo: "See that a process with the role decide runs and is not out of memory or CPU; more of them share the contacts.",
  },
  {
    alert: "HeedMessagesWait",
    expr: 'max by (lane) (heed_lane_oldest_seconds{lane=~"jobs[.].+"}) > 1800',
    for: "10m",
    severity: "look",
    summary: "Messages of {{ .Labels.lane }} wait for {{ .Value | humanizeDuration }}.",
    todo: "A campaign waits for its channel's rate; otherwise see whether a process with the role dispatch runs.",
  },
  {
    alert: "HeedDecisionsSlow",
    expr: `${quantile("heed_event_to_decision_seconds", "le")} > 10`,
    for: "10m",
    severity: "look",
    summary: "One event in a hundred waits longer than {{ .Value | humanizeDuration }} for its decision.",
    todo: "See the CPU of the deciders and the store, and heed_commit_conflicts_total.",
  },
  {
    alert: "HeedTimersLate",
    expr: `${quantile("heed_timer_late_seconds", "le")} > 60`,
    for: "10m",
    severity: "look",
    summary: "Steps that wait for a moment are {{ .Value | humanizeDuration }} late.",
    todo: "See the CPU of the deciders and the store; after an outage it passes by itself.",
  },
  {
    alert: "HeedLaneStopped",
    expr: "max by (channel) (heed_lane_stopped) == 1",
    for: "1m",
    severity: "page",
    summary: "The provider of {{ .Labels.channel }} refuses our credentials or account: its messages wait.",
    todo: "Mend the credentials or the account; the messages go out by themselves then.",
  },
  {
    alert: "HeedDeadLetters",
    expr: `${grew("heed_dead_letters_total", "lane", "15m")} > 0`,
    severity: "look",
    summary: "{{ .Value | humanize }} dead letters of {{ .Labels.lane }}.",
    todo: "heed dlq list shows them with their reasons; heed dlq replay tries them again.",
  },
  {
    alert: "HeedRetriesExhausted",
    expr: `${grew("heed_given_up_total", "channel", "15m")} > 0`,
    severity: "page",
    summary: "{{ .Value | humanize }} messages through {{ .Labels.channel }} were given up after all their tries.",
    todo: "See whether the provider is down; then heed dlq replay.",
  },
  {
    alert: "HeedMessagesParked",
    expr: `${grew('heed_unknown_outcomes_total{state="parked"}', "channel", "1h")} > 0`,
    severity: "look",
    summary: "Of {{ .Value | humanize }} messages through {{ .Labels.channel }} nobody knows whether they were sent.",
    todo: "heed dlq list; look with the provider, then replay or discard each.",
  },
  {
    alert: "HeedManyRetries",
    expr: "sum by (channel) (rate(heed_retries_total[15m])) > 0.2 * sum by (channel) (rate(heed_send_outcomes_total[15m]))",
    for: "15m",
    severity: "look",
    summary: "More than a fifth of the calls of {{ .Labels.channel }} fail and are tried again.",
    todo: "See the provider's status page.",
  },
  {
    alert: "HeedForgedRequests",
    expr: `${grew('heed_ingest_rejected_total{reason=~"signature_.+|timestamp_.+"}', "provider", "15m")} > 20`,
    severity: "look",
    summary: "{{ .Value | humanize }} requests for {{ .Labels.provider }} had a signature that is wrong or too old.",
    todo: "Compare the secret or key in heed.yaml with the vendor's; see that the machine's clock is right.",
  },
  {
    alert: "HeedQuarantine",
    expr: `${grew("heed_ingest_quarantined_total", "provider", "15m")} > 0`,
    severity: "look",
    summary: "{{ .Value | humanize }} parts of what {{ .Labels.provider }} sent were not understood.",
    todo: "heed dlq list shows them.",
  },
  {
    alert: "HeedDoorQuiet",
    expr: "sum by (provider) (increase(heed_ingest_events_total[3h])) == 0 and sum by (provider) (increase(heed_ingest_events_total[1d] offset 3h)) > 1000",
    severity: "look",
    summary: "Nothing came from {{ .Labels.provider }} for three hours, and much the day before.",
    todo: "See in the vendor's settings whether its webhooks still come here.",
  },
  {
    alert: "HeedRulePausedItself",
    expr: 'max(heed_pauses_standing{reason="self_paused"}) > 0',
    severity: "page",
    summary: "{{ .Value | humanize }} rules have paused themselves.",
    todo: "heed pause --list says why; heed resume lets one go on, with a reason.",
  },
  {
    alert: "HeedBudgetNearlySpent",
    expr: "max by (channel, per, currency) (heed_budget_spent / heed_budget_limit) > 0.9",
    severity: "look",
    summary: "{{ .Value | humanizePercentage }} of the budget of {{ .Labels.channel }} per {{ .Labels.per }} is spent.",
    todo: "Raise it in heed.yaml, or let its messages wait.",
  },
  {
    alert: "HeedLookupLeftAlone",
    expr: "max by (lookup) (heed_lookup_breaker) == 2",
    for: "5m",
    severity: "page",
    summary:
      "The source of the look-up {{ .Labels.lookup }} fails and is left alone: what needs it waits or is skipped.",
    todo: "heed doctor asks it and says what it answers.",
  },
  {
    alert: "HeedAlertsNotTold",
    expr: `${grew('heed_alerts_total{outcome!~"accepted|ambiguous"}', "kind, outcome", "30m")} > 0`,
    severity: "look",
    summary: "Heed could not tell people of {{ .Labels.kind }}: {{ .Labels.outcome }}.",
    todo: "See the channel that alerts in heed.yaml names. Its log says what was to be told.",
  },
];
