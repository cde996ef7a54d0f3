import { promotionSchema } from "../../_shared/domain/promotion.ts";
import { defineRoute } from "../../_shared/http/route.ts";

export const promotionRoutes = [
  defineRoute({
    method: "POST",
    path: "/:id/promote",
    summary: "Promote a public concert for 1-30 days, 100 coins a started week",
    access: "user",
    body: promotionSchema,
    idempotent: true,
    answers: { status: 200, schema: "Concert" },
    async handle({ parameter, body, database, idempotency }) {
      const { value, replayed } = await database.concerts.promote(
        parameter("id"),
        body.days,
        idempotency,
      );
      return { data: value, replayed, message: "Продвижение включено" };
    },
  }),
];
