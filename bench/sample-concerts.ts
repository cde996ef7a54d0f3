import { createApp } from "../supabase/functions/_shared/http/create-app.ts";
import type { StorageMode } from "../supabase/functions/_shared/database/types.ts";
import { concerts } from "../supabase/functions/concerts/concerts.ts";
import type { StackProcess } from "./stack-process.ts";

/** Enough for several pages; what a promoter's town has ahead. */
const concertCount = 200;
const artistCount = 20;

export type ConcertsApp = ReturnType<typeof createApp>;

/** The concerts function in that mode, as the platform would call it: `app.fetch(request)`. */
export function concertsOn(stack: StackProcess, mode: StorageMode): ConcertsApp {
  return createApp(concerts, { ...stack.environment, STORAGE_MODE: mode });
}

/** What there is to ask the concerts function for. */
export interface Sample {
  /** A public concert. */
  concertId: string;
  /** An artist with concerts of their own. */
  artistToken: string;
  artistId: string;
}

/** Publishes concerts through the function itself, so that every mode stores them its own way. */
export async function createSample(stack: StackProcess, mode: StorageMode): Promise<Sample> {
  const app = concertsOn(stack, mode);
  const moderator = await stack.signToken({
    sub: crypto.randomUUID(),
    app_metadata: { role: "moderator" },
  });
  const artistIds = Array.from({ length: artistCount }, () => crypto.randomUUID());
  const artistTokens = await Promise.all(artistIds.map((sub) => stack.signToken({ sub })));
  let concertId = "";
  for (let index = 0; index < concertCount; index++) {
    const token = artistTokens[index % artistCount];
    const { id } = await post(app, "/concerts", token, concertNumber(index));
    await post(app, `/concerts/${id}/submit`, token);
    await post(app, `/concerts/${id}/moderate`, moderator, { decision: "approved" });
    concertId = id;
  }
  return { concertId, artistToken: artistTokens[0], artistId: artistIds[0] };
}

function concertNumber(index: number) {
  const day = new Date(Date.now() + (1 + index) * 86_400_000).toISOString().slice(0, 10);
  return {
    title: `Большой концерт № ${index + 1}`,
    description: "Два отделения: новый альбом целиком и лучшее за десять лет. ".repeat(4).trim(),
    city: "Казань",
    venue_name: "Клуб «Маяк»",
    venue_address: "улица Баумана, 1",
    event_date: day,
    event_time: "19:00",
    event_type: "Концерт",
    banner_image_url: "https://example.com/banner.jpg",
    ticket_price_min: 1500,
    ticket_price_max: 4500.5,
    ticket_link: "https://example.com/tickets",
  };
}

async function post(
  app: ConcertsApp,
  path: string,
  token: string,
  body?: unknown,
): Promise<{ id: string }> {
  const response = await app.request(path, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${path} answers ${response.status}: ${text}`);
  return JSON.parse(text).data;
}
