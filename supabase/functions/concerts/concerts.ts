import type { FunctionDefinition } from "../_shared/http/route.ts";
import { analyticsRoutes } from "./routes/analytics.ts";
import { artistRoutes } from "./routes/artists.ts";
import { calendarRoutes } from "./routes/calendar.ts";
import { eventRoutes } from "./routes/events.ts";
import { listingRoutes } from "./routes/listing.ts";
import { moderationRoutes } from "./routes/moderation.ts";
import { ownConcertRoutes } from "./routes/own-concerts.ts";
import { promotionRoutes } from "./routes/promotion.ts";
import { singleConcertRoutes } from "./routes/single-concert.ts";

/** Concerts with their artists and coins. */
export const concerts: FunctionDefinition = {
  name: "concerts",
  description:
    "Artists publish concerts, have them moderated and promote them; visitors find them.",
  routes: [
    ...listingRoutes,
    ...calendarRoutes,
    ...ownConcertRoutes,
    ...moderationRoutes,
    ...analyticsRoutes,
    ...artistRoutes,
    ...promotionRoutes,
    ...eventRoutes,
    ...singleConcertRoutes,
  ],
  answerSchemas: async () => (await import("./answer-schemas.ts")).answerSchemas,
  health: async (database) => ({ ...await database.health() }),
};
