import { defineRoute } from "../../_shared/http/route.ts";

export const reminderRoutes = [
  defineRoute({
    method: "POST",
    path: "/reminders/:concert_id",
    summary:
      "Remind the owner of a concert on each of their reminder_days_before that is still to come; asking twice creates nothing twice. Answers the concert's automatic reminders",
    access: "user",
    answers: { status: 200, schema: "ConcertReminders" },
    async handle({ parameter, database }) {
      const { created, reminders } = await database.notifications.createReminders(
        parameter("concert_id"),
      );
      return { data: reminders, message: `Создано напоминаний: ${created}` };
    },
  }),
];
