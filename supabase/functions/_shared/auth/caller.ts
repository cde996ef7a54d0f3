/** Nobody in particular. */
export interface AnonymousCaller {
  kind: "anonymous";
}

/** A person who is signed in. */
export interface UserCaller {
  kind: "user";
  /** The account's id, a lower-case UUID. */
  id: string;
  email: string | null;
  isModerator: boolean;
  /** The verified access token, handed on to the Data API so that row level security decides. */
  token: string;
}

/** Another part of the system that holds a secret key. */
export interface ServiceCaller {
  kind: "service";
}

export type Caller = AnonymousCaller | UserCaller | ServiceCaller;
