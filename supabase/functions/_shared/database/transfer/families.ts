import { prefixes } from "../legacy/keys.ts";
import type { LeftOutRule } from "./outcome-codes.ts";

/** What the key of a row says that it is. */
export type Family = keyof typeof prefixes;

/** Keys of which no record is made, whatever they hold. */
const leftOutPrefixes: readonly [prefix: string, rule: LeftOutRule][] = [
  ["user_notifications:", "lossy_index"],
  ["marketing_campaign:", "marketing_campaign"],
  ["user_campaigns:", "marketing_campaign"],
  ["ticket:", "support_desk"],
  ["ticket_message:", "support_desk"],
  ["user_tickets:", "support_desk"],
  ["mirror_repair:", "mirror_repair"],
];

const families = Object.entries(prefixes) as [Family, string][];

/** The family of a key, or the rule by which it is left out; null when nobody knows its beginning. */
export function classify(key: string): { family: Family } | { rule: LeftOutRule } | null {
  const [family] = families.find(([, prefix]) => key.startsWith(prefix)) ?? [];
  if (family) return { family };
  const [, rule] = leftOutPrefixes.find(([prefix]) => key.startsWith(prefix)) ?? [];
  return rule ? { rule } : null;
}

/** The beginning by which keys are counted: that of their family, or what stands before the first colon. */
export function prefixOf(key: string): string {
  return families.find(([, prefix]) => key.startsWith(prefix))?.[1] ??
    key.slice(0, key.indexOf(":") + 1);
}
