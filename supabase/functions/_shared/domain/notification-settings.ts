import * as z from "zod/mini";

/** The days before a concert of which one can be reminded. */
export const offeredReminderDays = [30, 14, 7, 3, 1] as const;

/** What a person wants to be told, and how. */
export interface NotificationSettings {
  email_enabled: boolean;
  push_enabled: boolean;
  /** Days before a concert on which its owner is reminded, longest first. */
  reminder_days_before: number[];
  announcements_enabled: boolean;
  promotions_enabled: boolean;
  ticket_updates_enabled: boolean;
}

/** What holds for whoever has chosen nothing. */
export const defaultNotificationSettings: NotificationSettings = {
  email_enabled: true,
  push_enabled: true,
  reminder_days_before: [7, 3, 1],
  announcements_enabled: true,
  promotions_enabled: true,
  ticket_updates_enabled: true,
};

const offered: readonly number[] = offeredReminderDays;

const reminderDays = z.pipe(
  z.array(
    z.int().check(
      z.refine((days) => offered.includes(days), {
        error: `Допустимо: ${offeredReminderDays.join(", ")}`,
      }),
    ),
  ).check(z.maxLength(20)),
  z.transform((days: number[]) => sortedDays(days)),
);

export const notificationSettingsChangesSchema = z.partial(z.strictObject({
  email_enabled: z.boolean(),
  push_enabled: z.boolean(),
  reminder_days_before: reminderDays,
  announcements_enabled: z.boolean(),
  promotions_enabled: z.boolean(),
  ticket_updates_enabled: z.boolean(),
})).check(z.refine((changes) => Object.keys(changes).length > 0, { error: "Нечего менять" }));
export type NotificationSettingsChanges = z.infer<typeof notificationSettingsChangesSchema>;

/** Each number of days once, longest first. */
export function sortedDays(days: readonly number[]): number[] {
  return [...new Set(days)].sort((one, other) => other - one);
}
