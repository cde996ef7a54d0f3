import { ConfigurationError } from "../configuration-error.ts";
import { type Variables, webUrl } from "../variables.ts";

/** How campaigns are sent. */
export interface CampaignSettings {
  /** `UNSUBSCRIBE_KEY`: signs the links by which people leave a list; null: no campaign can be sent. */
  unsubscribeKey: string | null;
  /** `UNSUBSCRIBE_PAGE_URL`: the page that asks people whether they mean it; null: the function asks in plain text. */
  unsubscribePageUrl: URL | null;
  /** `FUNCTIONS_URL`: where people's mail programs reach the functions. */
  functionsUrl: string;
  /** `MAIL_BATCH_SIZE`: messages handed to the provider at once. */
  batchSize: number;
  /** `MAIL_RATE_PER_SECOND`: messages a dispatcher sends in a second at most; null: as fast as it can. */
  ratePerSecond: number | null;
  /** `RESEND_WEBHOOK_SECRET`: what delivery events are signed with; null: none are taken. */
  resendWebhookSecret: string | null;
}

const shortestKey = 32;

/** Throws `ConfigurationError`. */
export function resolveCampaignSettings(variables: Variables, supabaseUrl: URL): CampaignSettings {
  const page = variables.UNSUBSCRIBE_PAGE_URL;
  const functions = variables.FUNCTIONS_URL
    ? webUrl("FUNCTIONS_URL", variables.FUNCTIONS_URL)
    : new URL("/functions/v1", supabaseUrl);
  return {
    unsubscribeKey: unsubscribeKeyOf(variables.UNSUBSCRIBE_KEY),
    unsubscribePageUrl: page ? webUrl("UNSUBSCRIBE_PAGE_URL", page) : null,
    functionsUrl: functions.href.replace(/\/$/, ""),
    batchSize: wholeNumber("MAIL_BATCH_SIZE", variables.MAIL_BATCH_SIZE, 100) ?? 100,
    ratePerSecond: wholeNumber("MAIL_RATE_PER_SECOND", variables.MAIL_RATE_PER_SECOND, 10_000),
    resendWebhookSecret: webhookSecretOf(variables.RESEND_WEBHOOK_SECRET),
  };
}

function unsubscribeKeyOf(value: string | undefined): string | null {
  if (!value) return null;
  if (value.length >= shortestKey) return value;
  throw new ConfigurationError(`UNSUBSCRIBE_KEY must have at least ${shortestKey} characters`);
}

function webhookSecretOf(value: string | undefined): string | null {
  if (!value) return null;
  if (/^whsec_[A-Za-z0-9+/]{16,}={0,2}$/.test(value)) return value;
  throw new ConfigurationError("RESEND_WEBHOOK_SECRET must look like whsec_<base64>");
}

function wholeNumber(variable: string, text: string | undefined, maximum: number): number | null {
  if (!text) return null;
  const number = Number(text);
  if (/^\d{1,6}$/.test(text) && number >= 1 && number <= maximum) return number;
  throw new ConfigurationError(`${variable} must be a whole number from 1 to ${maximum}`);
}
