import type { Reading } from "../../supabase/functions/_shared/database/legacy/reading.ts";

/** The reading of a record that must be readable. */
export function readable<Value, Repair extends string, Reason extends string>(
  reading: Reading<Value, Repair, Reason>,
): { record: Value; repairs: Repair[] } {
  if ("unreadable" in reading) throw new Error(`Not readable: ${reading.unreadable}`);
  return reading;
}
