/**
 * What is known to be in connections to ticket providers and opens nobody's door, old and of today's shape. Anything
 * else may be a credential, whatever it is called.
 */
const harmlessFields = new Set([
  "id",
  "name",
  "logo",
  "enabled",
  "commission",
  "artistId",
  "connectedAt",
  "legacy",
  "rev",
  "provider_id",
  "api_key_encrypted",
  "api_key_last4",
  "webhook_secret_encrypted",
  "is_active",
  "connected_at",
  "created_at",
  "updated_at",
]);

/** Whether a field of a connection may be kept beside the record that was made of it. */
export function isHarmless(name: string): boolean {
  return harmlessFields.has(name);
}
