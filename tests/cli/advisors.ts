import * as z from "zod/mini";

/** One thing `supabase db advisors` found. */
export type Finding = z.infer<typeof Finding>;
const Finding = z.object({
  name: z.string(),
  level: z.enum(["INFO", "WARN", "ERROR"]),
  detail: z.string(),
  remediation: z.string(),
});

const Report = z.object({ message: z.literal("db advisors"), results: z.array(Finding) });

/** Findings that say nothing about the schema, and why. */
const EXPECTED: Record<string, string> = {
  unused_index: "no query has run on a freshly migrated database, so every index is unused",
};

/**
 * Reads the output of `db advisors --output-format json`.
 * @throws when it is no such report: silence is not "no findings".
 */
export function readFindings(json: string): Finding[] {
  return Report.parse(JSON.parse(json)).results;
}

/** @throws with one paragraph a finding, when there is any that somebody has to act on. */
export function assertNoFindings(findings: Finding[]): void {
  const unexpected = findings.filter((finding) => !(finding.name in EXPECTED));
  if (unexpected.length === 0) return;
  const paragraphs = unexpected.map(({ name, level, detail, remediation }) =>
    `${level} ${name}\n  ${detail}\n  ${remediation}`
  );
  throw new Error(`db advisors has ${unexpected.length} findings\n${paragraphs.join("\n")}`);
}
