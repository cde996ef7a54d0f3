import { startChildProcess } from "./child-process.ts";

/** The way to a server of this machine, as long as one to another. */
export interface Distance {
  url: string;
  close(): Promise<void>;
}

/** @param roundTrip milliseconds there and back, on top of what it takes anyway */
export async function putAtDistance(url: string, roundTrip: number): Promise<Distance> {
  const { announcement: port, close } = await startChildProcess("relay.ts", [
    new URL(url).port,
    String(roundTrip / 2),
  ]);
  return { url: `http://127.0.0.1:${port}`, close };
}
