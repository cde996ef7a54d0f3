import type {
  NewReminder,
  Notification,
} from "../../supabase/functions/_shared/domain/notification.ts";
import type { Person } from "../support/caller-tokens.ts";
import { draft } from "./concert-journeys.ts";
import type { PlannedRequest } from "./every-route.ts";
import type { ScenarioContext } from "./scenario-context.ts";

export function inHours(hours: number): string {
  return new Date(Date.now() + hours * 3_600_000).toISOString();
}

export function newReminder(changes: Partial<NewReminder> = {}): NewReminder {
  return {
    title: "Забрать афиши",
    message: "Типография работает до шести.",
    scheduled_for: inHours(24),
    channel: "both",
    ...changes,
  };
}

export function remind(
  { api }: ScenarioContext,
  user: Person,
  changes: Partial<NewReminder> = {},
): Promise<Notification> {
  return api.data("POST", "/notifications", { as: user, body: newReminder(changes) });
}

/** A browser's subscription as browsers give it; the keys are real ones nobody uses. */
export function browser(endpoint = `https://push.example.com/${crypto.randomUUID()}`) {
  return {
    endpoint,
    expirationTime: null,
    keys: {
      p256dh:
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
      auth: "BTBZMqHH6r4Tts7J_aSIgg",
    },
  };
}

const sharedEndpoint = "https://push.example.com/shared";

/** A body each route accepts, for those that take one. */
export const acceptedNotificationBodies: Record<string, unknown> = {
  "POST /notifications": newReminder({ scheduled_for: "2099-01-01T10:00:00+03:00" }),
  "PATCH /notifications/:id": { is_read: true },
  "PATCH /notifications/settings": { push_enabled: false },
  "POST /notifications/push-subscriptions": browser(sharedEndpoint),
  "DELETE /notifications/push-subscriptions": { endpoint: sharedEndpoint },
};

/** How each route is called with success. */
export const everyNotificationRoute: Record<
  string,
  (context: ScenarioContext) => Promise<PlannedRequest>
> = {
  "GET /notifications": (context) => withReminder(context, "GET", () => "/notifications"),
  "GET /notifications/counts": (context) =>
    withReminder(context, "GET", () => "/notifications/counts"),
  "POST /notifications": async (context) => ({
    method: "POST",
    path: "/notifications",
    as: await context.makeArtist(),
    body: newReminder(),
  }),
  "POST /notifications/reminders/:concert_id": async (context) => {
    const artist = await context.makeArtist();
    const { id } = await draft(context, artist);
    return { method: "POST", path: `/notifications/reminders/${id}`, as: artist };
  },
  "PATCH /notifications/:id": (context) =>
    withReminder(context, "PATCH", (id) => `/notifications/${id}`, { is_read: true }),
  "POST /notifications/read-all": (context) =>
    withReminder(context, "POST", () => "/notifications/read-all"),
  "DELETE /notifications/:id": (context) =>
    withReminder(context, "DELETE", (id) => `/notifications/${id}`),
  "GET /notifications/settings": async (context) => ({
    method: "GET",
    path: "/notifications/settings",
    as: await context.makeArtist(),
  }),
  "PATCH /notifications/settings": async (context) => ({
    method: "PATCH",
    path: "/notifications/settings",
    as: await context.makeArtist(),
    body: { reminder_days_before: [30, 1] },
  }),
  "POST /notifications/push-subscriptions": async (context) => ({
    method: "POST",
    path: "/notifications/push-subscriptions",
    as: await context.makeArtist(),
    body: browser(),
  }),
  "DELETE /notifications/push-subscriptions": async (context) => {
    const as = await context.makeArtist();
    const body = browser();
    await context.api.data("POST", "/notifications/push-subscriptions", { as, body });
    return {
      method: "DELETE",
      path: "/notifications/push-subscriptions",
      as,
      body: { endpoint: body.endpoint },
    };
  },
  "POST /notifications/dispatch": () =>
    Promise.resolve({ method: "POST", path: "/notifications/dispatch", as: "service" }),
};

async function withReminder(
  context: ScenarioContext,
  method: string,
  pathOf: (id: string) => string,
  body?: unknown,
): Promise<PlannedRequest> {
  const user = await context.makeArtist();
  const { id } = await remind(context, user);
  return { method, path: pathOf(id), as: user, body };
}
