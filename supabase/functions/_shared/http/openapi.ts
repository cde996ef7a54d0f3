import * as z from "zod/mini";
import { errorCatalogue, type ErrorCode } from "./errors.ts";
import type { Access, FunctionDefinition, Route } from "./route.ts";

type JsonSchema = Record<string, unknown>;

const security: Record<Access, Record<string, never[]>[]> = {
  anyone: [],
  user: [{ access_token: [] }],
  moderator: [{ access_token: [] }],
  service: [{ secret_key: [] }],
};

/** The OpenAPI 3.1 document of a function, made from the declarations of its routes. */
export async function describeFunction(definition: FunctionDefinition): Promise<JsonSchema> {
  const schemas = await definition.answerSchemas?.() ?? {};
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const route of definition.routes) {
    const path = `/${definition.name}${route.path === "/" ? "" : route.path}`
      .replace(/:(\w+)/g, "{$1}");
    (paths[path] ??= {})[route.method.toLowerCase()] = describeRoute(route);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: `Promo.Music: ${definition.name}`,
      description: definition.description,
      version: "1.0.0",
    },
    servers: [{ url: "/functions/v1" }],
    paths,
    components: {
      securitySchemes: {
        access_token: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
        secret_key: { type: "apiKey", in: "header", name: "apikey" },
      },
      schemas: {
        Error: errorSchema,
        ...Object.fromEntries(
          Object.entries(schemas).map(([name, schema]) => [name, jsonSchemaOf(schema)]),
        ),
      },
    },
  };
}

function describeRoute(route: Route): JsonSchema {
  return {
    summary: route.summary,
    security: security[route.access],
    parameters: parametersOf(route),
    ...(route.body
      ? {
        requestBody: {
          required: !route.bodyOptional,
          content: { "application/json": { schema: jsonSchemaOf(route.body) } },
        },
      }
      : {}),
    responses: {
      [route.answers.status]: describeAnswer(route),
      default: {
        description: "Refused",
        content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
      },
    },
  };
}

function parametersOf(route: Route): JsonSchema[] {
  const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const querySchema = route.query ? jsonSchemaOf(route.query) : {};
  const requiredInQuery = (querySchema.required ?? []) as string[];
  const inQuery = Object.entries(querySchema.properties ?? {}).map(([name, schema]) => ({
    name,
    in: "query",
    required: requiredInQuery.includes(name),
    schema,
  }));
  const inHeader = route.idempotent
    ? [{
      name: "Idempotency-Key",
      in: "header",
      required: false,
      schema: { type: "string", minLength: 1, maxLength: 255 },
    }]
    : [];
  return [...inPath, ...inQuery, ...inHeader];
}

function describeAnswer({ answers }: Route): JsonSchema {
  if (answers.status === 204) return { description: "Done" };
  if (answers.mediaType) {
    return { description: "OK", content: { [answers.mediaType]: { schema: { type: "string" } } } };
  }
  const item = answers.schema ? { $ref: `#/components/schemas/${answers.schema}` } : {};
  if (answers.bare) {
    return { description: "OK", content: { "application/json": { schema: item } } };
  }
  return {
    description: "OK",
    content: {
      "application/json": {
        schema: {
          type: "object",
          required: ["success", "data", ...(answers.list ? ["next_cursor"] : [])],
          properties: {
            success: { const: true },
            data: answers.list ? { type: "array", items: item } : item,
            ...(answers.list ? { next_cursor: { type: ["string", "null"] } } : {}),
            message: { type: "string" },
          },
        },
      },
    },
  };
}

const errorSchema: JsonSchema = {
  type: "object",
  required: ["success", "error", "code", "request_id"],
  properties: {
    success: { const: false },
    error: { type: "string", description: "For people, in Russian" },
    code: { type: "string", enum: Object.keys(errorCatalogue) satisfies string[] as ErrorCode[] },
    details: {
      type: "array",
      items: {
        type: "object",
        required: ["path", "message"],
        properties: { path: { type: "string" }, message: { type: "string" } },
      },
    },
    request_id: { type: "string", format: "uuid" },
  },
};

/** What a client sends or gets, before the schema's own checks that JSON Schema cannot say. */
function jsonSchemaOf(schema: z.ZodMiniType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return rest;
}
