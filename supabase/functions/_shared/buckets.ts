/** A storage bucket as it has to be. */
export interface BucketDefinition {
  name: string;
  /** Whether everybody may read its files; the others are private to their owner. */
  public: boolean;
  /** Bytes. */
  file_size_limit: number;
  allowed_mime_types: readonly string[];
}

const mebibyte = 1024 * 1024;

/** The six buckets, the one place that says what they hold. */
export const buckets: readonly BucketDefinition[] = [
  {
    name: "make-84730125-concert-banners",
    public: true,
    file_size_limit: 5 * mebibyte,
    allowed_mime_types: ["image/jpeg", "image/png", "image/webp", "image/gif"],
  },
  {
    name: "make-84730125-artist-avatars",
    public: true,
    file_size_limit: 2 * mebibyte,
    allowed_mime_types: ["image/jpeg", "image/png", "image/webp"],
  },
  {
    name: "make-84730125-track-covers",
    public: true,
    file_size_limit: 3 * mebibyte,
    allowed_mime_types: ["image/jpeg", "image/png", "image/webp"],
  },
  {
    name: "make-84730125-audio-files",
    public: false,
    file_size_limit: 50 * mebibyte,
    allowed_mime_types: ["audio/mpeg", "audio/wav", "audio/ogg", "audio/flac"],
  },
  {
    name: "make-84730125-video-files",
    public: false,
    file_size_limit: 200 * mebibyte,
    allowed_mime_types: ["video/mp4", "video/webm", "video/ogg"],
  },
  {
    name: "make-84730125-campaign-attachments",
    public: false,
    file_size_limit: 10 * mebibyte,
    allowed_mime_types: ["application/pdf", "image/jpeg", "image/png"],
  },
];
