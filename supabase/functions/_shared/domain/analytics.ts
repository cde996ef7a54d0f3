/** How a concert does: a row of the view `concert_analytics`. Only confirmed sales count. */
export interface ConcertAnalytics {
  concert_id: string;
  title: string;
  event_date: string | null;
  views_count: number;
  clicks_count: number;
  shares_count: number;
  /** Confirmed sales. */
  sales_count: number;
  tickets_sold: number;
  /** Rubles. */
  total_revenue: number;
  /** Rubles, after the providers' commission. */
  net_revenue: number;
  /** Clicks for each view, a fraction; null without views. */
  click_rate: number | null;
  /** Sales for each click, a fraction; null without clicks. */
  conversion_rate: number | null;
}

/** How an artist does: the row of the view `artist_statistics`. */
export interface ArtistStatistics {
  artist_id: string;
  concerts_count: number;
  upcoming_concerts_count: number;
  total_views: number;
  total_clicks: number;
  total_shares: number;
  sales_count: number;
  tickets_sold: number;
  /** Rubles. */
  total_revenue: number;
  /** Rubles, after the providers' commission. */
  net_revenue: number;
}
