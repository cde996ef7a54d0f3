import type { SourceRow } from "../../migrate/sources/source.ts";

const keysOfArtist = 100;
const concertsEach = 5;
const salesOfConcert = 16;
const notificationsEach = 8;

/** The time of the first record; those that follow it are younger. */
const beginning = Date.UTC(2026, 0, 15, 10);
const minute = 60_000;

/**
 * An old store of at least so many keys, in the order of its keys, as large as memory never needs to hold: a hundred
 * keys an artist, in the proportions of the real store, sales above all. None is damaged, none is left out.
 */
export function* oldStore(keys: number): Generator<SourceRow> {
  const artists = Math.ceil(keys / keysOfArtist);
  for (const family of families) {
    for (let artist = 0; artist < artists; artist++) yield* family(artist);
  }
}

/** The store as an export's file, without a manifest. Returns the number of keys. */
export async function writeOldStore(path: string, keys: number): Promise<number> {
  let count = 0;
  function* parts() {
    const encoder = new TextEncoder();
    let part = "";
    for (const { key, value } of oldStore(keys)) {
      count++;
      part += `{"key":${JSON.stringify(key)},"value":${value}}\n`;
      if (part.length < 1_000_000) continue;
      yield encoder.encode(part);
      part = "";
    }
    yield encoder.encode(part);
  }
  await Deno.writeFile(path, ReadableStream.from(parts()));
  return count;
}

const families = [
  campaigns,
  balances,
  movements,
  concerts,
  notifications,
  settings,
  profiles,
  connections,
  sales,
];

function* campaigns(artist: number): Generator<SourceRow> {
  const owner = ownerOf(artist);
  const id = `campaign_${place(artist)}_abc`;
  yield rowOf(`campaign:${owner}:${id}`, {
    id,
    artistId: owner,
    concertId: concertOf(artist, 0),
    subject: "Анонс: Большой концерт",
    content: "Приходите! " + "текст ".repeat(10),
    status: "draft",
    recipientCount: 3924,
    scheduledFor: "2026-12-01T10:00",
    createdAt: timeOf(artist),
  });
}

function* balances(artist: number): Generator<SourceRow> {
  yield rowOf(`coins:balance:${ownerOf(artist)}`, "4700");
}

function* movements(artist: number): Generator<SourceRow> {
  const owner = ownerOf(artist);
  for (const [index, amount] of [5000, -300].entries()) {
    const id = `${place(artist)}${index}-coins`;
    yield textRowOf(`coins:tx:${owner}:${id}`, {
      id,
      userId: owner,
      type: amount > 0 ? "reward" : "spend",
      amount,
      description: amount > 0 ? "Приветственный бонус" : "Продвижение",
      createdAt: timeOf(artist, index),
    });
  }
}

function* concerts(artist: number): Generator<SourceRow> {
  for (let concert = 0; concert < concertsEach; concert++) {
    const id = concertOf(artist, concert);
    yield rowOf(`concert:${id}`, {
      id,
      artist_id: ownerOf(artist),
      title: `Северный ветер № ${concert}`,
      description: "Большой концерт: новый альбом целиком и лучшие песни за десять лет",
      city: ["Москва", "Казань", "Пермь", "Самара", "Томск"][concert],
      venue_name: "Филармония",
      event_date: `2027-0${1 + concert}-15`,
      event_time: "19:00",
      event_type: "Концерт",
      ticket_price_min: 500,
      ticket_price_max: 2500.5,
      moderation_status: "approved",
      is_promoted: false,
      is_hidden: false,
      created_at: timeOf(artist, concert),
      updated_at: timeOf(artist, concert),
    });
  }
}

function* notifications(artist: number): Generator<SourceRow> {
  const owner = ownerOf(artist);
  for (let index = 0; index < notificationsEach; index++) {
    const id = `notif_${place(artist)}${index}_abc`;
    yield rowOf(`notification:${owner}:${id}`, {
      id,
      userId: owner,
      concertId: concertOf(artist, index % concertsEach),
      type: "announcement",
      title: "Новый концерт",
      message: "Северный ветер состоится 15.03.2027 в Москве",
      channel: "both",
      status: "sent",
      scheduledFor: timeOf(artist, index),
      sentAt: timeOf(artist, index),
      createdAt: timeOf(artist, index),
      metadata: { concert: { city: "Москва", date: "2027-03-15", title: "Северный ветер" } },
    });
  }
}

function* settings(artist: number): Generator<SourceRow> {
  const owner = ownerOf(artist);
  yield rowOf(`notification_settings:${owner}`, {
    userId: owner,
    emailEnabled: true,
    pushEnabled: true,
    promotions: false,
    announcements: true,
    ticketUpdates: true,
    reminderDaysBefore: [7, 3, 1],
  });
}

function* profiles(artist: number): Generator<SourceRow> {
  const owner = ownerOf(artist);
  yield textRowOf(`profile:${owner}`, {
    userId: owner,
    name: `Артист № ${artist}`,
    avatar: "https://images.example.com/a.png",
    totalPlays: 856736,
    subscribers: 20221,
    totalTracks: 38,
    updatedAt: timeOf(artist),
  });
}

function* connections(artist: number): Generator<SourceRow> {
  const owner = ownerOf(artist);
  yield rowOf(`ticket_provider:${owner}:kassir`, {
    id: "kassir",
    name: "Кассир.ру",
    artistId: owner,
    enabled: true,
    commission: 5,
    connectedAt: timeOf(artist),
  });
}

function* sales(artist: number): Generator<SourceRow> {
  for (let concert = 0; concert < concertsEach; concert++) {
    for (let index = 0; index < salesOfConcert; index++) {
      const id = `sale_${place(artist)}_${concert}${String(index).padStart(2, "0")}_abc`;
      const quantity = 1 + index % 3;
      const price = 1500.5 + index;
      yield rowOf(`ticket_sale:${concertOf(artist, concert)}:${id}`, {
        id,
        concertId: concertOf(artist, concert),
        artistId: ownerOf(artist),
        provider: "kassir",
        quantity,
        price,
        totalAmount: price * quantity,
        commission: quantity * 105,
        netAmount: (price - 105) * quantity,
        buyerEmail: `buyer${artist}_${index}@example.com`,
        status: "confirmed",
        purchasedAt: timeOf(artist, index),
        metadata: { seat: `Ряд ${index}` },
      });
    }
  }
}

function rowOf(key: string, value: unknown): SourceRow {
  return { key, value: JSON.stringify(value) };
}

/** As the oldest of the old code wrote: a text which is JSON. */
function textRowOf(key: string, value: unknown): SourceRow {
  return rowOf(key, JSON.stringify(value));
}

function ownerOf(artist: number): string {
  return `00000000-0000-4000-8000-${artist.toString(16).padStart(12, "0")}`;
}

function concertOf(artist: number, concert: number): string {
  return `tour_${place(artist)}${concert}_abc`;
}

function place(artist: number): string {
  return String(artist).padStart(8, "0");
}

function timeOf(artist: number, index = 0): string {
  return new Date(beginning + artist % 400_000 * minute + index * 1000).toISOString();
}
