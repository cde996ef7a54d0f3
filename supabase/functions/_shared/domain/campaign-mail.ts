import { escape as escapeHtml } from "deno-std/html/entities.js";
import type { Mail, Mailbox } from "../delivery/mail-transport.ts";
import type { Campaign } from "./campaign.ts";

/** What a campaign's messages are made of. */
export interface CampaignMaterial {
  campaign: Campaign;
  artist_name: string | null;
  concert: CampaignConcert | null;
}

/** The concert a campaign is about, as far as its text may name it. */
export interface CampaignConcert {
  title: string;
  city: string | null;
  venue_name: string | null;
  event_date: string | null;
  event_time: string | null;
  ticket_link: string | null;
}

/** To whom one message goes, and by which link they leave the list. */
export interface Recipient {
  address: string;
  name: string | null;
  unsubscribeUrl: string;
}

/** What `{{...}}` in a subject or text may say. */
const placeholders = [
  "buyer_name",
  "artist_name",
  "concert_title",
  "concert_city",
  "concert_venue",
  "concert_date",
  "concert_time",
  "ticket_link",
] as const;
type Placeholder = typeof placeholders[number];

/** The words of a message to one recipient. */
export function renderCampaign(
  material: CampaignMaterial,
  recipient: Recipient,
): Pick<Mail, "subject" | "text" | "html"> {
  const { campaign } = material;
  const values = valuesOf(material, recipient);
  const artist = material.artist_name ?? "артиста";
  const why = `Вы получили это письмо, потому что покупали билеты на концерты: ${artist}.`;
  // Browsers write line breaks as \r\n.
  const text = fill(campaign.content, values).replace(/\r\n?/g, "\n");
  const html = campaign.html_content === null
    ? paragraphs(text)
    : fill(campaign.html_content, values, escapeHtml);
  const url = recipient.unsubscribeUrl;
  return {
    subject: fill(campaign.subject, values),
    text: `${text}\n\n-- \n${why}\nОтписаться: ${url}\n`,
    html: withFooter(
      html,
      `<p style="color:#777;font-size:12px">${escapeHtml(why)} ` +
        `<a href="${escapeHtml(url)}">Отписаться</a></p>`,
    ),
  };
}

/**
 * A message of a campaign, with the headers by which mail programs unsubscribe with one click (RFC 8058).
 *
 * Its tags name the delivery and, for when the campaign is deleted, whose list the recipient is on.
 *
 * @param reference the delivery's, of which the Message-ID is made: a message sent again is the same message
 */
export function campaignMail(
  material: CampaignMaterial,
  recipient: Recipient,
  sender: Mailbox,
  reference: string,
): Mail {
  const domain = sender.address.slice(sender.address.lastIndexOf("@") + 1);
  return {
    ...renderCampaign(material, recipient),
    to: { address: recipient.address, name: recipient.name },
    from: { address: sender.address, name: material.artist_name ?? sender.name },
    headers: {
      "Message-ID": `<${reference}@${domain}>`,
      "List-Unsubscribe": `<${recipient.unsubscribeUrl}>`,
      "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    },
    tags: { reference, artist: material.campaign.artist_id },
  };
}

function valuesOf(
  { artist_name, concert }: CampaignMaterial,
  { name }: Recipient,
): Record<Placeholder, string> {
  return {
    buyer_name: name ?? "слушатель",
    artist_name: artist_name ?? "",
    concert_title: concert?.title ?? "",
    concert_city: concert?.city ?? "",
    concert_venue: concert?.venue_name ?? "",
    concert_date: concert?.event_date?.split("-").reverse().join(".") ?? "",
    concert_time: concert?.event_time ?? "",
    ticket_link: concert?.ticket_link ?? "",
  };
}

/** What looks like a placeholder and is none stays as it was written. */
function fill(
  template: string,
  values: Record<Placeholder, string>,
  escape: (value: string) => string = (value) => value,
): string {
  return template.replace(/\{\{\s*(\w+)\s*\}\}/g, (written, name) => {
    const known = placeholders.find((placeholder) => placeholder === name);
    return known ? escape(values[known]) : written;
  });
}

/** A text as html: a paragraph for each, its line breaks kept, its addresses links. */
function paragraphs(text: string): string {
  return text.split(/\n{2,}/).map((paragraph) =>
    `<p>${linked(paragraph).replaceAll("\n", "<br>\n")}</p>`
  ).join("\n");
}

function linked(text: string): string {
  const parts = text.split(/(https?:\/\/[^\s<>"'«»]*[^\s<>"'«».,;:!?)])/);
  // What the expression matched stands at the odd places.
  return parts.map((part, index) =>
    index % 2 === 0 ? escapeHtml(part) : `<a href="${escapeHtml(part)}">${escapeHtml(part)}</a>`
  ).join("");
}

function withFooter(html: string, footer: string): string {
  const end = html.search(/<\/body\s*>/i);
  return end < 0 ? `${html}\n${footer}\n` : `${html.slice(0, end)}${footer}\n${html.slice(end)}`;
}
