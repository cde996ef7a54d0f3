import * as z from "zod/mini";
import { Refusal, type RefusalDetail } from "../domain/refusal.ts";

/** Parses `input`; throws `validation_failed` with every field at fault, in Russian. */
export function parseInput<Output>(schema: z.ZodMiniType<Output>, input: unknown): Output {
  const result = schema.safeParse(input, { error: describeIssue });
  if (result.success) return result.data;
  throw new Refusal("validation_failed", firstOfEachPath(result.error.issues.flatMap(detailsOf)));
}

/** A value of the wrong type breaks other rules as well, which say nothing more; nor does what is said of the whole. */
function firstOfEachPath(details: RefusalDetail[]): RefusalDetail[] {
  const firsts = [...Map.groupBy(details, ({ path }) => path).values()].map(([first]) => first);
  return firsts.length > 1 ? firsts.filter(({ path }) => path !== "") : firsts;
}

function detailsOf(issue: z.core.$ZodIssue): RefusalDetail[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: [...path, key].join("."),
      message: "Неизвестное поле",
    }));
  }
  return [{ path: path.join("."), message: issue.message }];
}

const typeNames: Record<string, string> = {
  string: "строка",
  number: "число",
  int: "целое число",
  boolean: "true или false",
  array: "список",
  object: "объект",
  record: "объект",
};

/** What is wrong, in Russian; schemas say it themselves where the reader needs to know more. */
function describeIssue(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined
        ? "Обязательное поле"
        : `Нужно: ${typeNames[issue.expected] ?? issue.expected}`;
    case "too_small":
      if (issue.origin === "string") return `Не короче ${issue.minimum} симв.`;
      if (issue.origin === "array") return `Нужно элементов: не меньше ${issue.minimum}`;
      return issue.minimum === Number.MIN_SAFE_INTEGER
        ? "Слишком большое отрицательное число"
        : `Не меньше ${issue.minimum}`;
    case "too_big":
      if (issue.origin === "string") return `Не длиннее ${issue.maximum} симв.`;
      if (issue.origin === "array") return `Нужно элементов: не больше ${issue.maximum}`;
      return issue.maximum === Number.MAX_SAFE_INTEGER
        ? "Слишком большое число"
        : `Не больше ${issue.maximum}`;
    case "invalid_value":
      return `Допустимо: ${issue.values.map(String).join(", ")}`;
    default:
      return "Недопустимое значение";
  }
}
