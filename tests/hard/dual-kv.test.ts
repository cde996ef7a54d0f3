import { testBackend } from "../conformance/test-backend.ts";
import { assertSameStores } from "../dual/assert-same-stores.ts";
import { dualKvTarget } from "../dual/dual-targets.ts";

const test = testBackend(dualKvTarget);

test("after all of that both stores hold the same", ({ stack }) => assertSameStores(stack));
