/**
 * `relay.ts <port> <milliseconds>`: passes on what is said on a port of its own, which it prints, to that port and
 * back, each so much later; until the standard input ends.
 */
const loopback = "127.0.0.1";
const [port, milliseconds] = Deno.args.map(Number);

const listener = Deno.listen({ hostname: loopback, port: 0 });
console.log(listener.addr.port);
void accept();
for await (const _ of Deno.stdin.readable) {
  // Nothing is said to it but the end.
}
Deno.exit();

async function accept(): Promise<void> {
  for await (const near of listener) void relay(near);
}

async function relay(near: Deno.TcpConn): Promise<void> {
  const far = await Deno.connect({ hostname: loopback, port });
  near.setNoDelay();
  far.setNoDelay();
  await Promise.allSettled([
    near.readable.pipeThrough(departing()).pipeThrough(arriving()).pipeTo(far.writable),
    far.readable.pipeThrough(departing()).pipeThrough(arriving()).pipeTo(near.writable),
  ]);
}

interface UnderWay {
  bytes: Uint8Array<ArrayBuffer>;
  /** When it arrives, by this process's clock. */
  at: number;
}

function departing(): TransformStream<Uint8Array<ArrayBuffer>, UnderWay> {
  return new TransformStream(
    {
      transform: (bytes, controller) =>
        controller.enqueue({ bytes, at: performance.now() + milliseconds }),
    },
    undefined,
    // A long way holds much at once: what comes next departs before this has arrived.
    new CountQueuingStrategy({ highWaterMark: 1000 }),
  );
}

function arriving(): TransformStream<UnderWay, Uint8Array<ArrayBuffer>> {
  return new TransformStream({
    async transform({ bytes, at }, controller) {
      const rest = at - performance.now();
      // Timers are late by a part of a millisecond: no way should be longer than it is said to be.
      if (rest >= 1) await new Promise((resolve) => setTimeout(resolve, rest - 1));
      controller.enqueue(bytes);
    },
  });
}
