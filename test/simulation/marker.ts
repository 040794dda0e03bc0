/** What every message begins with: which rules spoke, which event started them, which rule and which step. */
export interface Marker {
  readonly version: number;
  readonly event: string;
  readonly rule: string;
  readonly step: string;
}

export function readMarker(text: string): Marker | null {
  const [, version, event, rule, step] = /^v(\d) (\S+) (\S+) (\S+);/.exec(text) ?? [];
  if (version === undefined || event === undefined || rule === undefined || step === undefined) return null;
  return { version: Number(version), event, rule, step };
}
