import type { Environment } from "../environment.ts";
import { onFirstUse } from "../on-first-use.ts";
import type { PushTransport } from "./push-transport.ts";

/** The way push messages leave the project. Only the transport chosen is loaded. */
export const pushTransport = onFirstUse(openPushTransport);

async function openPushTransport({ push }: Environment): Promise<PushTransport> {
  switch (push.transport) {
    case "capture": {
      const { createPushCapture } = await import("./push-capture.ts");
      return createPushCapture();
    }
    case "webpush": {
      const { createWebPushTransport } = await import("./web-push-transport.ts");
      return createWebPushTransport(push);
    }
  }
}
