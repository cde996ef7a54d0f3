import { defineRoute } from "../../_shared/http/route.ts";

export const singleConcertRoutes = [
  defineRoute({
    method: "GET",
    path: "/:id",
    summary: "A public concert; its owner and moderators get all of it, in every status",
    access: "anyone",
    answers: { status: 200, schema: "VisibleConcert" },
    async handle({ parameter, database }) {
      const { concert } = await database.concerts.find(parameter("id"));
      return { data: concert };
    },
  }),
];
