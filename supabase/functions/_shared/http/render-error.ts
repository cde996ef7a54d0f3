import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { Refusal } from "../domain/refusal.ts";
import { errorCatalogue, HttpError, retryAfterSeconds } from "./errors.ts";
import type { FunctionVariables } from "./create-app.ts";

/** Answers any error in the one envelope; what is not expected is logged and answered as `internal`. */
export function renderError(error: unknown, context: Context<FunctionVariables>): Response {
  const requestId = context.get("requestId");
  const isExpected = error instanceof Refusal || error instanceof HttpError;
  const code = isExpected ? error.code : "internal";
  if (!isExpected || error.code === "unavailable") logFault(error, requestId, context.req.path);
  if (code === "unavailable") context.header("retry-after", String(retryAfterSeconds));
  const { status, text } = errorCatalogue[code];
  const details = isExpected ? error.details : [];
  return context.json({
    success: false,
    error: text,
    code,
    ...(details.length > 0 ? { details } : {}),
    request_id: requestId,
  }, status as ContentfulStatusCode);
}

/** For the operator: with the request's id, without its headers and body, which hold secrets and personal data. */
function logFault(error: unknown, requestId: string, path: string): void {
  const cause = error instanceof Refusal ? error.cause : error;
  const { name, message, stack, code } = (cause ?? {}) as Partial<Error> & { code?: string };
  console.error(JSON.stringify({ request_id: requestId, path, name, code, message, stack }));
}
