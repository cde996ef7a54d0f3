/** The real PostgreSQL the suite may use (a superuser's URL), when TEST_DATABASE_URL names one. */
export const testServerUrl: string | undefined = Deno.env.get("TEST_DATABASE_URL") || undefined;

/** Registers a test that needs a real server; without one it is reported as ignored, with the reason in its name. */
export function testOnServer(
  name: string,
  body: (serverUrl: string, context: Deno.TestContext) => Promise<void>,
): void {
  if (testServerUrl === undefined) {
    Deno.test({
      name: `${name} (needs a real PostgreSQL: set TEST_DATABASE_URL)`,
      ignore: true,
      fn: () => {},
    });
    return;
  }
  const serverUrl = testServerUrl;
  Deno.test(name, (context) => body(serverUrl, context));
}
