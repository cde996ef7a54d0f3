import assert from "node:assert/strict";
import type { Campaign } from "../../supabase/functions/_shared/domain/campaign.ts";
import { maskAddress, ratesOf } from "../../supabase/functions/_shared/domain/campaign.ts";
import {
  campaignMail,
  type CampaignMaterial,
  renderCampaign,
} from "../../supabase/functions/_shared/domain/campaign-mail.ts";

const recipient = {
  address: "anna@example.com",
  name: "Анна <b>",
  unsubscribeUrl: "https://example.com/u?a=1&token=abc.def",
};

function material(fields: Partial<Campaign>, changes: Partial<CampaignMaterial> = {}) {
  const campaign = { subject: "Тема", content: "Текст", html_content: null, ...fields } as Campaign;
  return {
    campaign,
    artist_name: "Группа «Река» & Ко",
    concert: {
      title: "Ночь",
      city: "Казань",
      venue_name: null,
      event_date: "2027-05-01",
      event_time: "19:30",
      ticket_link: "https://example.com/t",
    },
    ...changes,
  };
}

Deno.test("placeholders are filled in; what is none stays as it was written", () => {
  const { subject, text } = renderCampaign(
    material({
      subject: "{{ concert_title }}, {{concert_city}}",
      content:
        "{{buyer_name}} {{artist_name}} {{concert_date}} {{concert_time}} [{{concert_venue}}] " +
        "{{ticket_link}} {{toString}} {{unknown}} {{ }} $& {{",
    }),
    recipient,
  );
  assert.equal(subject, "Ночь, Казань");
  assert.ok(
    text.startsWith(
      "Анна <b> Группа «Река» & Ко 01.05.2027 19:30 [] https://example.com/t {{toString}} {{unknown}} {{ }} $& {{\n",
    ),
    text,
  );
});

Deno.test("line breaks are what any browser writes for them", () => {
  const { text, html } = renderCampaign(
    material({ content: "Один\r\nдва\r\n\r\nТри\rчетыре\n\nПять" }),
    recipient,
  );
  assert.ok(text.startsWith("Один\nдва\n\nТри\nчетыре\n\nПять\n"), text);
  const paragraphs = "<p>Один<br>\nдва</p>\n<p>Три<br>\nчетыре</p>\n<p>Пять</p>\n";
  assert.ok(html?.startsWith(paragraphs), String(html));
});

Deno.test("a name is nobody's markup, in html of the artist's as in html made from the text", () => {
  const own = renderCampaign(material({ html_content: "<b>{{buyer_name}}</b>" }), recipient);
  assert.ok(own.html?.startsWith("<b>Анна &lt;b&gt;</b>"), String(own.html));
  const made = renderCampaign(material({ content: "{{buyer_name}}\n& <script>" }), recipient);
  assert.ok(
    made.html?.startsWith("<p>Анна &lt;b&gt;<br>\n&amp; &lt;script&gt;</p>"),
    String(made.html),
  );
});

Deno.test("html made from the text keeps its paragraphs and links its addresses", () => {
  const { html } = renderCampaign(
    material({ content: 'Раз\nдва\n\nСм. (https://example.com/a?b=1&c="x").' }),
    recipient,
  );
  assert.ok(
    html?.startsWith(
      "<p>Раз<br>\nдва</p>\n" +
        '<p>См. (<a href="https://example.com/a?b=1&amp;c=">https://example.com/a?b=1&amp;c=</a>&quot;x&quot;).</p>',
    ),
    String(html),
  );
});

Deno.test("both parts end with a link to unsubscribe, inside the body where there is one", () => {
  const { text, html } = renderCampaign(
    material({ html_content: "<html><body>Привет</BODY ></html>" }),
    recipient,
  );
  assert.ok(text.endsWith("Отписаться: https://example.com/u?a=1&token=abc.def\n"), text);
  assert.match(
    html ?? "",
    /^<html><body>Привет<p [^>]*>.*Группа «Река» &amp; Ко\. <a href="https:\/\/example\.com\/u\?a=1&amp;token=abc\.def">Отписаться<\/a><\/p>\n<\/BODY ><\/html>$/,
  );
});

Deno.test("a message is from the artist at the project's address, and the same message each time", () => {
  const sender = { address: "mail@promo.example", name: "Promo.Music" };
  const mail = campaignMail(material({}), recipient, sender, "r-1");
  assert.deepEqual(mail.from, { address: "mail@promo.example", name: "Группа «Река» & Ко" });
  assert.deepEqual(mail.to, { address: "anna@example.com", name: "Анна <b>" });
  assert.deepEqual(mail.headers, {
    "Message-ID": "<r-1@promo.example>",
    "List-Unsubscribe": "<https://example.com/u?a=1&token=abc.def>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
  });
  assert.deepEqual(campaignMail(material({}), recipient, sender, "r-1"), mail);
  const nameless = campaignMail(
    material({}, { artist_name: null, concert: null }),
    {
      ...recipient,
      name: null,
    },
    sender,
    "r-1",
  );
  assert.equal(nameless.from.name, "Promo.Music");
});

Deno.test("rates are fractions of what was delivered, and nothing before", () => {
  const counts = {
    emails_sent: 0,
    emails_delivered: 0,
    emails_opened: 0,
    emails_clicked: 0,
    emails_bounced: 0,
  };
  assert.deepEqual(ratesOf(counts), { open_rate: null, click_rate: null, bounce_rate: null });
  assert.deepEqual(
    ratesOf({
      ...counts,
      emails_sent: 7,
      emails_delivered: 3,
      emails_opened: 2,
      emails_bounced: 1,
    }),
    { open_rate: 0.6667, click_rate: 0, bounce_rate: 0.1429 },
  );
});

Deno.test("a masked address is nobody's", () => {
  assert.equal(maskAddress("anna@example.com"), "a***@example.com");
  assert.equal(maskAddress("a@b.ru"), "a***@b.ru");
});
