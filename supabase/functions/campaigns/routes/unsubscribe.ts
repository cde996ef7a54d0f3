import * as z from "zod/mini";
import { maskAddress } from "../../_shared/domain/campaign.ts";
import { Refusal } from "../../_shared/domain/refusal.ts";
import { unsubscribeLinks, type Unsubscription } from "../../_shared/delivery/unsubscribe-links.ts";
import type { Environment } from "../../_shared/environment.ts";
import { defineRoute } from "../../_shared/http/route.ts";

const token = z.string().check(z.minLength(1), z.maxLength(1000));

export const unsubscribeRoutes = [
  defineRoute({
    method: "GET",
    path: "/unsubscribe",
    summary:
      "Asks whether they mean it; only with `confirm=yes`, or by POST, is anybody unsubscribed",
    access: "anyone",
    query: z.strictObject({ token, confirm: z.optional(z.literal("yes")) }),
    answers: { status: 200, mediaType: "text/plain" },
    async handle({ query, environment, asService, raw }) {
      const unsubscription = await verify(query.token, environment);
      const { unsubscribePageUrl: page } = environment.campaigns;
      if (page !== null && query.confirm === undefined) {
        const target = new URL(page);
        target.searchParams.set("token", query.token);
        return new Response(null, { status: 303, headers: { location: target.href } });
      }
      const shown = maskAddress(unsubscription.address);
      // A program that looks where a link leads has not confirmed anything.
      if (query.confirm === "yes" && raw.method === "GET") {
        await unsubscribe(unsubscription, asService);
        return plainText(`Готово: на адрес ${shown} писем от этого артиста больше не будет.\n`);
      }
      // No page: where functions have no domain of their own, html is shown as the text it is.
      const link = `${unsubscribeLinks(environment).linkWith(query.token)}&confirm=yes`;
      return plainText(
        `Отписать адрес ${shown} от писем этого артиста?\n\nЧтобы подтвердить, откройте: ${link}\n`,
      );
    },
  }),
  defineRoute({
    method: "POST",
    path: "/unsubscribe",
    summary: "Unsubscribes at once (RFC 8058): no login, whatever became of the campaign",
    access: "anyone",
    query: z.strictObject({ token }),
    answers: { status: 200, schema: "Unsubscribed" },
    async handle({ query, environment, asService }) {
      await unsubscribe(await verify(query.token, environment), asService);
      return { data: { unsubscribed: true }, message: "Вы отписаны от писем этого артиста" };
    },
  }),
];

/** Throws `validation_failed` for a link that is not ours. */
async function verify(token: string, environment: Environment): Promise<Unsubscription> {
  const unsubscription = await unsubscribeLinks(environment).verify(token);
  if (unsubscription) return unsubscription;
  throw new Refusal("validation_failed", [{ path: "token", message: "Ссылка недействительна" }]);
}

async function unsubscribe(
  { artistId, address }: Unsubscription,
  asService: () => { campaigns: { suppress(...args: [string, string, "unsubscribed"]): unknown } },
): Promise<void> {
  await asService().campaigns.suppress(artistId, address, "unsubscribed");
}

function plainText(text: string): Response {
  return new Response(text, {
    headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
  });
}
