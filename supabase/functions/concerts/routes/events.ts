import { concertEvents } from "../../_shared/domain/concert.ts";
import { defineRoute } from "../../_shared/http/route.ts";

export const eventRoutes = concertEvents.map((event) =>
  defineRoute({
    method: "POST",
    path: `/:id/${event}`,
    summary: `Count one of the public concert's ${event}`,
    access: "anyone",
    answers: { status: 204 },
    async handle({ parameter, database }) {
      await database.concerts.countEvent(parameter("id"), event);
      return new Response(null, { status: 204 });
    },
  })
);
