
export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[]

export type Database = {
  
  "public": {
          Tables: {
            "artist_ticket_providers": {
                  Row: {
                    "api_key_encrypted": string | null,"api_key_last4": string | null,"artist_id": string,"connected_at": string,"created_at": string,"is_active": boolean,"legacy": Json | null,"legacy_id": string | null,"provider_id": string,"updated_at": string,"webhook_secret_encrypted": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "api_key_encrypted"?: string | null,"api_key_last4"?: string | null,"artist_id": string,"connected_at"?: string,"created_at"?: string,"is_active"?: boolean,"legacy"?: Json | null,"legacy_id"?: string | null,"provider_id": string,"updated_at"?: string,"webhook_secret_encrypted"?: string | null
                  }
                  Update: {
                    "api_key_encrypted"?: string | null,"api_key_last4"?: string | null,"artist_id"?: string,"connected_at"?: string,"created_at"?: string,"is_active"?: boolean,"legacy"?: Json | null,"legacy_id"?: string | null,"provider_id"?: string,"updated_at"?: string,"webhook_secret_encrypted"?: string | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "artist_ticket_providers_artist_id_fkey"
      columns: ["artist_id"]
isOneToOne: false
      referencedRelation: "artist_statistics"
      referencedColumns: ["artist_id"]
    },{
      foreignKeyName: "artist_ticket_providers_artist_id_fkey"
      columns: ["artist_id"]
isOneToOne: false
      referencedRelation: "artists"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "artist_ticket_providers_provider_id_fkey"
      columns: ["provider_id"]
isOneToOne: false
      referencedRelation: "ticket_providers"
      referencedColumns: ["id"]
    }
                  ]
                },"artists": {
                  Row: {
                    "avatar_url": string | null,"bio": string | null,"city": string | null,"claimed_at": string | null,"coins_balance": number,"created_at": string,"email": string | null,"full_name": string | null,"id": string,"is_verified": boolean,"legacy": Json | null,"legacy_id": string | null,"phone": string | null,"subscribers_count": number,"total_plays": number,"total_tracks": number,"updated_at": string,"username": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "avatar_url"?: string | null,"bio"?: string | null,"city"?: string | null,"claimed_at"?: string | null,"coins_balance"?: number,"created_at"?: string,"email"?: string | null,"full_name"?: string | null,"id": string,"is_verified"?: boolean,"legacy"?: Json | null,"legacy_id"?: string | null,"phone"?: string | null,"subscribers_count"?: number,"total_plays"?: number,"total_tracks"?: number,"updated_at"?: string,"username"?: string | null
                  }
                  Update: {
                    "avatar_url"?: string | null,"bio"?: string | null,"city"?: string | null,"claimed_at"?: string | null,"coins_balance"?: number,"created_at"?: string,"email"?: string | null,"full_name"?: string | null,"id"?: string,"is_verified"?: boolean,"legacy"?: Json | null,"legacy_id"?: string | null,"phone"?: string | null,"subscribers_count"?: number,"total_plays"?: number,"total_tracks"?: number,"updated_at"?: string,"username"?: string | null
                  }
                  Relationships: [
                    
                  ]
                },"campaign_deliveries": {
                  Row: {
                    "address": string,"attempts": number,"batch_id": string | null,"bounced_at": string | null,"campaign_id": string,"clicked_at": string | null,"complained_at": string | null,"created_at": string,"delivered_at": string | null,"error_message": string | null,"id": string,"leased_until": string | null,"name": string | null,"opened_at": string | null,"position": number,"provider_message_id": string | null,"retry_at": string | null,"sent_at": string | null,"status": string
                  }
                  ComputedFields: never
                  Insert: {
                    "address": string,"attempts"?: number,"batch_id"?: string | null,"bounced_at"?: string | null,"campaign_id": string,"clicked_at"?: string | null,"complained_at"?: string | null,"created_at"?: string,"delivered_at"?: string | null,"error_message"?: string | null,"id"?: string,"leased_until"?: string | null,"name"?: string | null,"opened_at"?: string | null,"position": number,"provider_message_id"?: string | null,"retry_at"?: string | null,"sent_at"?: string | null,"status"?: string
                  }
                  Update: {
                    "address"?: string,"attempts"?: number,"batch_id"?: string | null,"bounced_at"?: string | null,"campaign_id"?: string,"clicked_at"?: string | null,"complained_at"?: string | null,"created_at"?: string,"delivered_at"?: string | null,"error_message"?: string | null,"id"?: string,"leased_until"?: string | null,"name"?: string | null,"opened_at"?: string | null,"position"?: number,"provider_message_id"?: string | null,"retry_at"?: string | null,"sent_at"?: string | null,"status"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "campaign_deliveries_campaign_id_fkey"
      columns: ["campaign_id"]
isOneToOne: false
      referencedRelation: "email_campaigns"
      referencedColumns: ["id"]
    }
                  ]
                },"coin_transactions": {
                  Row: {
                    "amount": number,"artist_id": string,"concert_id": string | null,"created_at": string,"description": string | null,"id": string,"legacy": Json | null,"legacy_id": string | null,"type": string
                  }
                  ComputedFields: never
                  Insert: {
                    "amount": number,"artist_id": string,"concert_id"?: string | null,"created_at"?: string,"description"?: string | null,"id"?: string,"legacy"?: Json | null,"legacy_id"?: string | null,"type": string
                  }
                  Update: {
                    "amount"?: number,"artist_id"?: string,"concert_id"?: string | null,"created_at"?: string,"description"?: string | null,"id"?: string,"legacy"?: Json | null,"legacy_id"?: string | null,"type"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "coin_transactions_artist_id_fkey"
      columns: ["artist_id"]
isOneToOne: false
      referencedRelation: "artist_statistics"
      referencedColumns: ["artist_id"]
    },{
      foreignKeyName: "coin_transactions_artist_id_fkey"
      columns: ["artist_id"]
isOneToOne: false
      referencedRelation: "artists"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "coin_transactions_concert_id_fkey"
      columns: ["concert_id"]
isOneToOne: false
      referencedRelation: "concert_analytics"
      referencedColumns: ["concert_id"]
    },{
      foreignKeyName: "coin_transactions_concert_id_fkey"
      columns: ["concert_id"]
isOneToOne: false
      referencedRelation: "concerts"
      referencedColumns: ["id"]
    }
                  ]
                },"concerts": {
                  Row: {
                    "artist_id": string,"banner_image_url": string | null,"city": string | null,"clicks_count": number,"created_at": string,"day_ends_at": string | null,"description": string | null,"event_date": string | null,"event_time": string | null,"event_type": string | null,"id": string,"is_cancelled": boolean,"is_hidden": boolean,"is_promoted": boolean,"legacy": Json | null,"legacy_id": string | null,"moderated_at": string | null,"moderation_comment": string | null,"moderation_status": string,"promotion_cost": number | null,"promotion_ends_at": string | null,"promotion_starts_at": string | null,"search": unknown,"shares_count": number,"sold_out": boolean,"starts_at": string | null,"submitted_at": string | null,"ticket_capacity": number | null,"ticket_link": string | null,"ticket_price_max": number | null,"ticket_price_min": number | null,"tickets_sold": number,"time_zone": string,"title": string,"updated_at": string,"venue_address": string | null,"venue_name": string | null,"views_count": number
                  }
                  ComputedFields: never
                  Insert: {
                    "artist_id": string,"banner_image_url"?: string | null,"city"?: string | null,"clicks_count"?: number,"created_at"?: string,"day_ends_at"?: never,"description"?: string | null,"event_date"?: string | null,"event_time"?: string | null,"event_type"?: string | null,"id"?: string,"is_cancelled"?: boolean,"is_hidden"?: boolean,"is_promoted"?: boolean,"legacy"?: Json | null,"legacy_id"?: string | null,"moderated_at"?: string | null,"moderation_comment"?: string | null,"moderation_status"?: string,"promotion_cost"?: number | null,"promotion_ends_at"?: string | null,"promotion_starts_at"?: string | null,"search"?: never,"shares_count"?: number,"sold_out"?: never,"starts_at"?: never,"submitted_at"?: string | null,"ticket_capacity"?: number | null,"ticket_link"?: string | null,"ticket_price_max"?: number | null,"ticket_price_min"?: number | null,"tickets_sold"?: number,"time_zone"?: string,"title": string,"updated_at"?: string,"venue_address"?: string | null,"venue_name"?: string | null,"views_count"?: number
                  }
                  Update: {
                    "artist_id"?: string,"banner_image_url"?: string | null,"city"?: string | null,"clicks_count"?: number,"created_at"?: string,"day_ends_at"?: never,"description"?: string | null,"event_date"?: string | null,"event_time"?: string | null,"event_type"?: string | null,"id"?: string,"is_cancelled"?: boolean,"is_hidden"?: boolean,"is_promoted"?: boolean,"legacy"?: Json | null,"legacy_id"?: string | null,"moderated_at"?: string | null,"moderation_comment"?: string | null,"moderation_status"?: string,"promotion_cost"?: number | null,"promotion_ends_at"?: string | null,"promotion_starts_at"?: string | null,"search"?: never,"shares_count"?: number,"sold_out"?: never,"starts_at"?: never,"submitted_at"?: string | null,"ticket_capacity"?: number | null,"ticket_link"?: string | null,"ticket_price_max"?: number | null,"ticket_price_min"?: number | null,"tickets_sold"?: number,"time_zone"?: string,"title"?: string,"updated_at"?: string,"venue_address"?: string | null,"venue_name"?: string | null,"views_count"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "concerts_artist_id_fkey"
      columns: ["artist_id"]
isOneToOne: false
      referencedRelation: "artist_statistics"
      referencedColumns: ["artist_id"]
    },{
      foreignKeyName: "concerts_artist_id_fkey"
      columns: ["artist_id"]
isOneToOne: false
      referencedRelation: "artists"
      referencedColumns: ["id"]
    }
                  ]
                },"email_campaigns": {
                  Row: {
                    "artist_id": string,"bounce_rate": number | null,"click_rate": number | null,"concert_id": string | null,"content": string,"created_at": string,"delivery_completed_at": string | null,"delivery_started_at": string | null,"emails_bounced": number,"emails_clicked": number,"emails_complained": number,"emails_delivered": number,"emails_opened": number,"emails_sent": number,"error_message": string | null,"html_content": string | null,"id": string,"last_claimed_at": string | null,"legacy": Json | null,"legacy_id": string | null,"open_rate": number | null,"processed": number,"provider_errors": number,"recipient_count": number | null,"recipient_filter": NonNullable<Json>,"retry_at": string | null,"scheduled_for": string | null,"send_before": string | null,"sent_at": string | null,"status": string,"subject": string,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "artist_id": string,"bounce_rate"?: never,"click_rate"?: never,"concert_id"?: string | null,"content"?: string,"created_at"?: string,"delivery_completed_at"?: string | null,"delivery_started_at"?: string | null,"emails_bounced"?: number,"emails_clicked"?: number,"emails_complained"?: number,"emails_delivered"?: number,"emails_opened"?: number,"emails_sent"?: number,"error_message"?: string | null,"html_content"?: string | null,"id"?: string,"last_claimed_at"?: string | null,"legacy"?: Json | null,"legacy_id"?: string | null,"open_rate"?: never,"processed"?: number,"provider_errors"?: number,"recipient_count"?: number | null,"recipient_filter"?: NonNullable<Json>,"retry_at"?: string | null,"scheduled_for"?: string | null,"send_before"?: string | null,"sent_at"?: string | null,"status"?: string,"subject": string,"updated_at"?: string
                  }
                  Update: {
                    "artist_id"?: string,"bounce_rate"?: never,"click_rate"?: never,"concert_id"?: string | null,"content"?: string,"created_at"?: string,"delivery_completed_at"?: string | null,"delivery_started_at"?: string | null,"emails_bounced"?: number,"emails_clicked"?: number,"emails_complained"?: number,"emails_delivered"?: number,"emails_opened"?: number,"emails_sent"?: number,"error_message"?: string | null,"html_content"?: string | null,"id"?: string,"last_claimed_at"?: string | null,"legacy"?: Json | null,"legacy_id"?: string | null,"open_rate"?: never,"processed"?: number,"provider_errors"?: number,"recipient_count"?: number | null,"recipient_filter"?: NonNullable<Json>,"retry_at"?: string | null,"scheduled_for"?: string | null,"send_before"?: string | null,"sent_at"?: string | null,"status"?: string,"subject"?: string,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "email_campaigns_artist_id_fkey"
      columns: ["artist_id"]
isOneToOne: false
      referencedRelation: "artist_statistics"
      referencedColumns: ["artist_id"]
    },{
      foreignKeyName: "email_campaigns_artist_id_fkey"
      columns: ["artist_id"]
isOneToOne: false
      referencedRelation: "artists"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "email_campaigns_concert_id_fkey"
      columns: ["concert_id"]
isOneToOne: false
      referencedRelation: "concert_analytics"
      referencedColumns: ["concert_id"]
    },{
      foreignKeyName: "email_campaigns_concert_id_fkey"
      columns: ["concert_id"]
isOneToOne: false
      referencedRelation: "concerts"
      referencedColumns: ["id"]
    }
                  ]
                },"kv_store_84730125": {
                  Row: {
                    "key": string,"value": NonNullable<Json>
                  }
                  ComputedFields: never
                  Insert: {
                    "key": string,"value": NonNullable<Json>
                  }
                  Update: {
                    "key"?: string,"value"?: NonNullable<Json>
                  }
                  Relationships: [
                    
                  ]
                },"mail_suppressions": {
                  Row: {
                    "address": string,"artist_id": string,"created_at": string,"reason": string
                  }
                  ComputedFields: never
                  Insert: {
                    "address": string,"artist_id": string,"created_at"?: string,"reason": string
                  }
                  Update: {
                    "address"?: string,"artist_id"?: string,"created_at"?: string,"reason"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "mail_suppressions_artist_id_fkey"
      columns: ["artist_id"]
isOneToOne: false
      referencedRelation: "artist_statistics"
      referencedColumns: ["artist_id"]
    },{
      foreignKeyName: "mail_suppressions_artist_id_fkey"
      columns: ["artist_id"]
isOneToOne: false
      referencedRelation: "artists"
      referencedColumns: ["id"]
    }
                  ]
                },"migration_keys": {
                  Row: {
                    "key": string,"merged_into": string | null,"outcome": string,"reason": string | null,"repairs": (string)[]
                  }
                  ComputedFields: never
                  Insert: {
                    "key": string,"merged_into"?: string | null,"outcome": string,"reason"?: string | null,"repairs"?: (string)[]
                  }
                  Update: {
                    "key"?: string,"merged_into"?: string | null,"outcome"?: string,"reason"?: string | null,"repairs"?: (string)[]
                  }
                  Relationships: [
                    
                  ]
                },"migration_records": {
                  Row: {
                    "checksum": string,"entity": string,"id": string,"key": string | null,"previous": Json | null,"run_id": string | null,"version": number,"was_created": boolean
                  }
                  ComputedFields: never
                  Insert: {
                    "checksum": string,"entity": string,"id": string,"key"?: string | null,"previous"?: Json | null,"run_id"?: string | null,"version": number,"was_created": boolean
                  }
                  Update: {
                    "checksum"?: string,"entity"?: string,"id"?: string,"key"?: string | null,"previous"?: Json | null,"run_id"?: string | null,"version"?: number,"was_created"?: boolean
                  }
                  Relationships: [
                    
                  ]
                },"migration_rejects": {
                  Row: {
                    "first_seen": string,"key": string,"reason": string,"value": string
                  }
                  ComputedFields: never
                  Insert: {
                    "first_seen"?: string,"key": string,"reason": string,"value": string
                  }
                  Update: {
                    "first_seen"?: string,"key"?: string,"reason"?: string,"value"?: string
                  }
                  Relationships: [
                    
                  ]
                },"migration_runs": {
                  Row: {
                    "checkpoint": Json | null,"counts": Json | null,"fingerprint": string,"finished_at": string | null,"id": string,"options": NonNullable<Json>,"source": string,"started_at": string,"state": string,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "checkpoint"?: Json | null,"counts"?: Json | null,"fingerprint": string,"finished_at"?: string | null,"id"?: string,"options"?: NonNullable<Json>,"source": string,"started_at"?: string,"state"?: string,"updated_at"?: string
                  }
                  Update: {
                    "checkpoint"?: Json | null,"counts"?: Json | null,"fingerprint"?: string,"finished_at"?: string | null,"id"?: string,"options"?: NonNullable<Json>,"source"?: string,"started_at"?: string,"state"?: string,"updated_at"?: string
                  }
                  Relationships: [
                    
                  ]
                },"notification_settings": {
                  Row: {
                    "announcements_enabled": boolean,"created_at": string,"email_enabled": boolean,"legacy": Json | null,"legacy_id": string | null,"promotions_enabled": boolean,"push_enabled": boolean,"reminder_days_before": (number)[],"ticket_updates_enabled": boolean,"updated_at": string,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "announcements_enabled"?: boolean,"created_at"?: string,"email_enabled"?: boolean,"legacy"?: Json | null,"legacy_id"?: string | null,"promotions_enabled"?: boolean,"push_enabled"?: boolean,"reminder_days_before"?: (number)[],"ticket_updates_enabled"?: boolean,"updated_at"?: string,"user_id": string
                  }
                  Update: {
                    "announcements_enabled"?: boolean,"created_at"?: string,"email_enabled"?: boolean,"legacy"?: Json | null,"legacy_id"?: string | null,"promotions_enabled"?: boolean,"push_enabled"?: boolean,"reminder_days_before"?: (number)[],"ticket_updates_enabled"?: boolean,"updated_at"?: string,"user_id"?: string
                  }
                  Relationships: [
                    
                  ]
                },"notifications": {
                  Row: {
                    "attempts": number,"channel": string,"claim_id": string | null,"concert_id": string | null,"created_at": string,"days_before": number | null,"error_message": string | null,"id": string,"is_archived": boolean,"is_read": boolean,"lease_until": string | null,"legacy": Json | null,"legacy_id": string | null,"link": string | null,"message": string,"metadata": NonNullable<Json>,"notification_type": string,"read_at": string | null,"retry_at": string | null,"scheduled_for": string | null,"sent_at": string | null,"status": string,"title": string,"updated_at": string,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "attempts"?: number,"channel"?: string,"claim_id"?: string | null,"concert_id"?: string | null,"created_at"?: string,"days_before"?: number | null,"error_message"?: string | null,"id"?: string,"is_archived"?: boolean,"is_read"?: boolean,"lease_until"?: string | null,"legacy"?: Json | null,"legacy_id"?: string | null,"link"?: string | null,"message"?: string,"metadata"?: NonNullable<Json>,"notification_type": string,"read_at"?: string | null,"retry_at"?: string | null,"scheduled_for"?: string | null,"sent_at"?: string | null,"status"?: string,"title": string,"updated_at"?: string,"user_id": string
                  }
                  Update: {
                    "attempts"?: number,"channel"?: string,"claim_id"?: string | null,"concert_id"?: string | null,"created_at"?: string,"days_before"?: number | null,"error_message"?: string | null,"id"?: string,"is_archived"?: boolean,"is_read"?: boolean,"lease_until"?: string | null,"legacy"?: Json | null,"legacy_id"?: string | null,"link"?: string | null,"message"?: string,"metadata"?: NonNullable<Json>,"notification_type"?: string,"read_at"?: string | null,"retry_at"?: string | null,"scheduled_for"?: string | null,"sent_at"?: string | null,"status"?: string,"title"?: string,"updated_at"?: string,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "notifications_concert_id_fkey"
      columns: ["concert_id"]
isOneToOne: false
      referencedRelation: "concert_analytics"
      referencedColumns: ["concert_id"]
    },{
      foreignKeyName: "notifications_concert_id_fkey"
      columns: ["concert_id"]
isOneToOne: false
      referencedRelation: "concerts"
      referencedColumns: ["id"]
    }
                  ]
                },"push_subscriptions": {
                  Row: {
                    "auth": string,"created_at": string,"endpoint": string,"p256dh": string,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "auth": string,"created_at"?: string,"endpoint": string,"p256dh": string,"user_id": string
                  }
                  Update: {
                    "auth"?: string,"created_at"?: string,"endpoint"?: string,"p256dh"?: string,"user_id"?: string
                  }
                  Relationships: [
                    
                  ]
                },"ticket_providers": {
                  Row: {
                    "commission_percent": number,"created_at": string,"id": string,"is_active": boolean,"name": string,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "commission_percent": number,"created_at"?: string,"id": string,"is_active"?: boolean,"name": string,"updated_at"?: string
                  }
                  Update: {
                    "commission_percent"?: number,"created_at"?: string,"id"?: string,"is_active"?: boolean,"name"?: string,"updated_at"?: string
                  }
                  Relationships: [
                    
                  ]
                },"ticket_refunds": {
                  Row: {
                    "amount": number,"artist_id": string,"created_at": string,"id": string,"reason": string | null,"sale_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "amount": number,"artist_id": string,"created_at"?: string,"id"?: string,"reason"?: string | null,"sale_id": string
                  }
                  Update: {
                    "amount"?: number,"artist_id"?: string,"created_at"?: string,"id"?: string,"reason"?: string | null,"sale_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "ticket_refunds_artist_id_fkey"
      columns: ["artist_id"]
isOneToOne: false
      referencedRelation: "artist_statistics"
      referencedColumns: ["artist_id"]
    },{
      foreignKeyName: "ticket_refunds_artist_id_fkey"
      columns: ["artist_id"]
isOneToOne: false
      referencedRelation: "artists"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "ticket_refunds_sale_id_fkey"
      columns: ["sale_id"]
isOneToOne: false
      referencedRelation: "ticket_sales"
      referencedColumns: ["id"]
    }
                  ]
                },"ticket_sales": {
                  Row: {
                    "artist_id": string,"buyer_email": string | null,"buyer_name": string | null,"buyer_phone": string | null,"commission_amount": number,"commission_percent": number | null,"concert_id": string,"created_at": string,"external_transaction_id": string | null,"id": string,"last_event_at": string | null,"last_event_status": string | null,"legacy": Json | null,"legacy_id": string | null,"metadata": NonNullable<Json>,"net_amount": number,"provider_id": string | null,"purchased_at": string,"quantity": number,"refund_amount": number | null,"refund_reason": string | null,"refunded_at": string | null,"status": string,"total_amount": number,"unit_price": number,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "artist_id": string,"buyer_email"?: string | null,"buyer_name"?: string | null,"buyer_phone"?: string | null,"commission_amount"?: number,"commission_percent"?: number | null,"concert_id": string,"created_at"?: string,"external_transaction_id"?: string | null,"id"?: string,"last_event_at"?: string | null,"last_event_status"?: string | null,"legacy"?: Json | null,"legacy_id"?: string | null,"metadata"?: NonNullable<Json>,"net_amount": number,"provider_id"?: string | null,"purchased_at"?: string,"quantity": number,"refund_amount"?: number | null,"refund_reason"?: string | null,"refunded_at"?: string | null,"status"?: string,"total_amount": number,"unit_price": number,"updated_at"?: string
                  }
                  Update: {
                    "artist_id"?: string,"buyer_email"?: string | null,"buyer_name"?: string | null,"buyer_phone"?: string | null,"commission_amount"?: number,"commission_percent"?: number | null,"concert_id"?: string,"created_at"?: string,"external_transaction_id"?: string | null,"id"?: string,"last_event_at"?: string | null,"last_event_status"?: string | null,"legacy"?: Json | null,"legacy_id"?: string | null,"metadata"?: NonNullable<Json>,"net_amount"?: number,"provider_id"?: string | null,"purchased_at"?: string,"quantity"?: number,"refund_amount"?: number | null,"refund_reason"?: string | null,"refunded_at"?: string | null,"status"?: string,"total_amount"?: number,"unit_price"?: number,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "ticket_sales_artist_id_fkey"
      columns: ["artist_id"]
isOneToOne: false
      referencedRelation: "artist_statistics"
      referencedColumns: ["artist_id"]
    },{
      foreignKeyName: "ticket_sales_artist_id_fkey"
      columns: ["artist_id"]
isOneToOne: false
      referencedRelation: "artists"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "ticket_sales_concert_id_fkey"
      columns: ["concert_id"]
isOneToOne: false
      referencedRelation: "concert_analytics"
      referencedColumns: ["concert_id"]
    },{
      foreignKeyName: "ticket_sales_concert_id_fkey"
      columns: ["concert_id"]
isOneToOne: false
      referencedRelation: "concerts"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "ticket_sales_provider_id_fkey"
      columns: ["provider_id"]
isOneToOne: false
      referencedRelation: "ticket_providers"
      referencedColumns: ["id"]
    }
                  ]
                }
          }
          Views: {
            "artist_statistics": {
                  Row: {
                    "artist_id": string,"concerts_count": number | null,"net_revenue": number | null,"sales_count": number | null,"tickets_sold": number | null,"total_clicks": number | null,"total_revenue": number | null,"total_shares": number | null,"total_views": number | null,"upcoming_concerts_count": number | null
                  }
                  ComputedFields: never
                  Relationships: [
                    
                  ]
                },"concert_analytics": {
                  Row: {
                    "artist_id": string,"click_rate": number | null,"clicks_count": number,"concert_id": string,"conversion_rate": number | null,"created_at": string,"event_date": string | null,"legacy_id": string | null,"net_revenue": number | null,"sales_count": number | null,"shares_count": number,"tickets_sold": number | null,"title": string,"total_revenue": number | null,"views_count": number
                  }
                  ComputedFields: never
                  Relationships: [
                    {
      foreignKeyName: "concerts_artist_id_fkey"
      columns: ["artist_id"]
isOneToOne: false
      referencedRelation: "artist_statistics"
      referencedColumns: ["artist_id"]
    },{
      foreignKeyName: "concerts_artist_id_fkey"
      columns: ["artist_id"]
isOneToOne: false
      referencedRelation: "artists"
      referencedColumns: ["id"]
    }
                  ]
                }
          }
          Functions: {
            "acknowledge_changes":
{ Args: { "changes": Json }; Returns: undefined
                           },
"apply_ticket_event":
{ Args: { "event": Json,"provider": string }; Returns: Json
                           },
"begin_import":
{ Args: { "fingerprint": string,"options": Json,"source": string }; Returns: Json
                           },
"calculate_campaign_metrics":
{ Args: { "campaign_uuid": string }; Returns: {
              "bounce_rate": number,"click_rate": number,"open_rate": number
            }[]
                           },
"cancel_campaign":
{ Args: { "campaign_id": string }; Returns: Json
                           },
"cancel_concert":
{ Args: { "concert_id": string }; Returns: Json
                           },
"cancel_ticket_sale":
{ Args: { "idempotency_key"?: string,"request_fingerprint"?: string,"sale_id": string }; Returns: Json
                           },
"claim_artist_profile":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"claim_campaign_batch":
{ Args: { "batch_size"?: number,"lease_seconds"?: number }; Returns: Json
                           },
"claim_notifications":
{ Args: { "batch_size"?: number,"lease_seconds"?: number }; Returns: Json
                           },
"compare_records":
{ Args: { "entity": string,"records": Json }; Returns: Json
                           },
"count_concert_event":
{ Args: { "concert_id": string,"event": string }; Returns: undefined
                           },
"count_notifications":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"create_campaign":
{ Args: { "fields": Json }; Returns: Json
                           },
"create_concert_reminders":
{ Args: { "concert_id": string }; Returns: Json
                           },
"create_reminder":
{ Args: { "channel": string,"concert_id"?: string,"message": string,"scheduled_for": string,"title": string }; Returns: Json
                           },
"create_ticket_sale":
{ Args: { "idempotency_key"?: string,"request_fingerprint"?: string,"sale": Json }; Returns: Json
                           },
"delete_campaign":
{ Args: { "campaign_id": string }; Returns: undefined
                           },
"delete_concert":
{ Args: { "concert_id": string }; Returns: undefined
                           },
"delete_derived_artists":
{ Args: { "ids": (string)[] }; Returns: Json
                           },
"delete_records":
{ Args: { "keys": (string)[] }; Returns: Json
                           },
"delete_unchanged_records":
{ Args: { "keys": (string)[] }; Returns: Json
                           },
"export_records":
{ Args: { "after": string,"entity": string,"page_size": number }; Returns: Json
                           },
"find_webhook_secret":
{ Args: { "concert_id": string,"provider": string }; Returns: Json
                           },
"finish_import":
{ Args: { "counts": Json,"run_id": string }; Returns: Json
                           },
"finish_rollback":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"forget_records":
{ Args: { "entity": string,"ids": (string)[] }; Returns: undefined
                           },
"get_campaign_audience":
{ Args: { "campaign_id": string,"sample_size"?: number }; Returns: Json
                           },
"get_campaign_material":
{ Args: { "campaign_id": string }; Returns: Json
                           },
"get_coin_ledger":
{ Args: { "after_created_at"?: string,"after_id"?: string,"page_size"?: number }; Returns: Json
                           },
"get_concert":
{ Args: { "concert_id": string }; Returns: Json
                           },
"get_concert_analytics":
{ Args: { "concert_id": string }; Returns: {
              "artist_id": string,
"click_rate": number | null,
"clicks_count": number,
"concert_id": string,
"conversion_rate": number | null,
"created_at": string,
"event_date": string | null,
"legacy_id": string | null,
"net_revenue": number | null,
"sales_count": number | null,
"shares_count": number,
"tickets_sold": number | null,
"title": string,
"total_revenue": number | null,
"views_count": number
            }[]
                          SetofOptions: {
        from: "*"
        to: "concert_analytics"
        isOneToOne: false
        isSetofReturn: true
      } },
"get_sales_funnel":
{ Args: { "concert_id": string }; Returns: Json
                           },
"get_ticket_stats":
{ Args: { "concert_id"?: string }; Returns: Json
                           },
"import_records":
{ Args: { "checkpoint": Json,"dry_run": boolean,"entity": string,"outcomes": Json,"records": Json,"run_id": string,"takeovers"?: Json }; Returns: Json
                           },
"increment_concert_clicks":
{ Args: { "concert_uuid": string }; Returns: undefined
                           },
"increment_concert_views":
{ Args: { "concert_uuid": string }; Returns: undefined
                           },
"list_campaign_deliveries":
{ Args: { "after_position"?: number,"campaign_id": string,"delivery_status"?: string,"page_size"?: number }; Returns: Json
                           },
"list_ticket_connections":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"list_ticket_sales":
{ Args: { "after_id"?: string,"after_purchased_at"?: string,"concert_id"?: string,"page_size"?: number,"provider"?: string,"purchased_before"?: string,"purchased_from"?: string,"sale_status"?: string }; Returns: Json
                           },
"migration_status":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"migration_totals":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"mirror_backlog":
{ Args: Record<PropertyKey, never>; Returns: number
                           },
"moderate_concert":
{ Args: { "comment"?: string,"concert_id": string,"decision": string }; Returns: Json
                           },
"pause_campaign":
{ Args: { "campaign_id": string }; Returns: Json
                           },
"postpone_campaign_batch":
{ Args: { "batch_id": string,"may_be_taken": boolean,"reason": string,"retry_seconds": number }; Returns: Json
                           },
"postpone_changes":
{ Args: { "changes": Json }; Returns: undefined
                           },
"promote_concert":
{ Args: { "concert_id": string,"days": number,"idempotency_key"?: string,"request_fingerprint"?: string }; Returns: Json
                           },
"read_all_notifications":
{ Args: Record<PropertyKey, never>; Returns: number
                           },
"record_campaign_batch":
{ Args: { "batch_id": string,"outcomes": Json }; Returns: Json
                           },
"record_deliveries":
{ Args: { "claim_ids": (string)[],"gone_endpoints"?: (string)[],"outcomes": Json }; Returns: number
                           },
"record_mail_event":
{ Args: { "address"?: string,"artist_id"?: string,"event": string,"happened_at": string,"is_permanent"?: boolean,"message_id": string,"reference": string }; Returns: boolean
                           },
"refund_ticket_sale":
{ Args: { "amount"?: number,"idempotency_key"?: string,"reason": string,"request_fingerprint"?: string,"sale_id": string }; Returns: Json
                           },
"resume_campaign":
{ Args: { "campaign_id": string }; Returns: Json
                           },
"resume_changes":
{ Args: Record<PropertyKey, never>; Returns: undefined
                           },
"rollback_records":
{ Args: { "after": string,"check_only": boolean,"entity": string,"force": boolean,"page_size": number }; Returns: Json
                           },
"save_artist_profile":
{ Args: { "changes": Json }; Returns: Json
                           },
"save_notification_settings":
{ Args: { "changes": Json }; Returns: Json
                           },
"save_push_subscription":
{ Args: { "auth": string,"endpoint": string,"p256dh": string }; Returns: undefined
                           },
"save_ticket_connection":
{ Args: { "api_key_encrypted": string,"api_key_last4": string,"artist": string,"artist_email": string,"provider": string,"webhook_secret_encrypted": string }; Returns: Json
                           },
"schedule_campaign":
{ Args: { "campaign_id": string,"scheduled_for": string }; Returns: Json
                           },
"search_concerts":
{ Args: { "after_event_date"?: string,"after_id"?: string,"after_relevance"?: number,"artist_id"?: string,"city"?: string,"event_type"?: string,"from_date"?: string,"page_size"?: number,"promoted"?: boolean,"search"?: string,"sort"?: string,"to_date"?: string,"when_filter"?: string }; Returns: Json
                           },
"send_campaign":
{ Args: { "campaign_id": string,"idempotency_key"?: string,"request_fingerprint"?: string }; Returns: Json
                           },
"set_concert_hidden":
{ Args: { "concert_id": string,"hidden": boolean }; Returns: Json
                           },
"settle_records":
{ Args: { "entity": string,"records": Json }; Returns: Json
                           },
"start_mirroring":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"stop_mirroring":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"submit_concert":
{ Args: { "concert_id": string }; Returns: Json
                           },
"suppress_address":
{ Args: { "address": string,"artist_id": string,"reason": string }; Returns: boolean
                           },
"take_changes":
{ Args: { "newest"?: boolean,"page_size": number }; Returns: Json
                           },
"update_campaign":
{ Args: { "campaign_id": string,"changes": Json }; Returns: Json
                           },
"update_concert":
{ Args: { "changes": Json,"concert_id": string }; Returns: Json
                           }
          }
          Enums: {
            [_ in never]: never
          }
          CompositeTypes: {
            [_ in never]: never
          }
        }
}

type DatabaseWithoutInternals = Omit<Database, '__InternalSupabase'>

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, "public">]

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
        DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
      DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])[TableName] extends {
      Row: infer R
    }
    ? R
    : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
  ? (DefaultSchema["Tables"] & DefaultSchema["Views"])[DefaultSchemaTableNameOrOptions] extends {
      Row: infer R
    }
    ? R
    : never
  : never

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Insert: infer I
    }
    ? I
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Insert: infer I
    }
    ? I
    : never
  : never

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Update: infer U
    }
    ? U
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Update: infer U
    }
    ? U
    : never
  : never

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema["Enums"]
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"]
    : never = never
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"]
  ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions]
  : never

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"]
    : never = never
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"]
  ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions]
  : never

export const Constants = {
  "public": {
          Enums: {
            
          }
        }
} as const
