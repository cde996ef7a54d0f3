import assert from "node:assert/strict";
import { campaigns } from "../../supabase/functions/campaigns/campaigns.ts";
import { concerts } from "../../supabase/functions/concerts/concerts.ts";
import { notifications } from "../../supabase/functions/notifications/notifications.ts";
import { createStorageSetup } from "../../supabase/functions/storage-setup/storage-setup.ts";
import { tickets } from "../../supabase/functions/tickets/tickets.ts";
import { describeFunction } from "../../supabase/functions/_shared/http/openapi.ts";

type Json = Record<string, unknown>;

const definitions = [campaigns, concerts, notifications, createStorageSetup(), tickets];

for (const definition of definitions) {
  Deno.test(`the OpenAPI document of ${definition.name} is sound`, async () => {
    // As a client gets it.
    const document = JSON.parse(JSON.stringify(await describeFunction(definition))) as Json;
    assert.match(String(document.openapi), /^3\.1\./);
    const info = document.info as Json;
    assert.ok(info.title && info.version, "title and version");

    const operations = operationsOf(document);
    assert.deepEqual(
      operations.map(({ method, path }) => `${method} ${path}`).sort(),
      definition.routes.map(({ method, path }) =>
        `${method.toLowerCase()} /${definition.name}${path === "/" ? "" : path}`
          .replace(/:(\w+)/g, "{$1}")
      ).sort(),
      "one operation for each route",
    );
    assertPathsAreUnique(document.paths as Json);
    for (const operation of operations) assertSoundOperation(operation, document);
    assertReferencesResolve(document, document);
    assertSchemasAreSound(document);
  });
}

interface Operation {
  path: string;
  method: string;
  operation: Json;
}

function operationsOf(document: Json): Operation[] {
  return Object.entries(document.paths as Json).flatMap(([path, item]) =>
    Object.entries(item as Json).map(([method, operation]) => ({
      path,
      method,
      operation: operation as Json,
    }))
  );
}

/** Two templates that differ only in their parameters' names are the same path. */
function assertPathsAreUnique(paths: Json): void {
  const templates = Object.keys(paths).map((path) => path.replace(/\{\w+\}/g, "{}"));
  assert.equal(new Set(templates).size, templates.length, "unique paths");
  for (const path of Object.keys(paths)) {
    assert.match(path, /^(\/([A-Za-z0-9._-]+|\{\w+\}))+$/);
    assert.match(path, /[^/]$/);
  }
}

function assertSoundOperation({ path, method, operation }: Operation, document: Json): void {
  const name = `${method} ${path}`;
  assert.ok(operation.summary, `${name} has a summary`);
  const parameters = operation.parameters as Json[];
  const keys = parameters.map((parameter) => `${parameter.in} ${parameter.name}`);
  assert.equal(new Set(keys).size, keys.length, `${name} has unique parameters`);
  const declared = parameters.filter((parameter) => parameter.in === "path");
  assert.deepEqual(
    declared.map((parameter) => parameter.name).sort(),
    [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter).sort(),
    `${name} declares the parameters of its path`,
  );
  for (const parameter of declared) assert.equal(parameter.required, true, `${name}: required`);
  for (const parameter of parameters) assert.ok(parameter.schema, `${name}: ${parameter.name}`);

  const responses = operation.responses as Json;
  assert.ok(Object.keys(responses).some((status) => /^2\d\d$/.test(status)), `${name} succeeds`);
  assert.ok(responses.default, `${name} may refuse`);
  for (const [status, response] of Object.entries(responses)) {
    const { description, content } = response as Json;
    assert.ok(description, `${name} ${status} has a description`);
    assert.equal(status === "204", content === undefined, `${name} ${status} has content`);
  }
  const schemes = Object.keys((document.components as Json).securitySchemes as Json);
  for (const requirement of operation.security as Json[]) {
    for (const scheme of Object.keys(requirement)) assert.ok(schemes.includes(scheme), scheme);
  }
}

function assertReferencesResolve(value: unknown, document: Json): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === "$ref") assert.ok(resolve(String(inner), document), `${inner} resolves`);
    else assertReferencesResolve(inner, document);
  }
}

function resolve(reference: string, document: Json): unknown {
  assert.match(reference, /^#\//, "references stay inside the document");
  return reference.slice(2).split("/").reduce<unknown>(
    (value, name) => (value as Json | undefined)?.[name],
    document,
  );
}

/** What an object requires it also describes; names are unique. */
function assertSchemasAreSound(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  const { required, properties } = value as { required?: unknown; properties?: Json };
  if (Array.isArray(required) && properties) {
    assert.equal(new Set(required).size, required.length, "unique required names");
    for (const name of required) assert.ok(name in properties, `${name} is described`);
  }
  for (const inner of Object.values(value)) assertSchemasAreSound(inner);
}
