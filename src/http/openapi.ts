import type { Route, RouteBody, Schema } from '@pith/kernel';
import { type HostedRoute, loadBody } from './router.ts';

/** What the document says of the server. */
export interface DocumentInfo { title: string; version: string; description?: string }

type Json = Readonly<Record<string, unknown>>;

export const DOCUMENT_PATH = '/api/openapi.json';

const ERROR: Json = {
  type: 'object', required: ['error'],
  properties: { error: { type: 'object', required: ['code', 'message'], properties: { code: { type: 'string' }, message: { type: 'string' }, hint: { type: 'string', description: 'What to do next.' } } } },
};

/** The route that describes all others. */
export function documentRoute(routes: readonly HostedRoute[], info: DocumentInfo): HostedRoute {
  const route: Route = {
    method: 'GET', path: DOCUMENT_PATH, summary: 'All routes of this server, as OpenAPI 3.1.',
    handle: async () => Response.json(await toDocument([...routes.map(({ route }) => route), route], info)),
  };
  // Of no plugin; it uses nothing of one.
  return { route, context: { options: undefined } as HostedRoute['context'] };
}

/** An OpenAPI 3.1 document. Of a schema that cannot describe itself it says that there is one. */
export async function toDocument(routes: readonly Route[], { title, version, description }: DocumentInfo): Promise<Json> {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[route.method.toLowerCase()] = toOperation(route, await loadBody(route));
  }
  return {
    openapi: '3.1.0', info: { title, version, ...(description === undefined ? {} : { description }) }, security: [{ token: [] }], paths,
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } }, schemas: { Error: ERROR } },
  };
}

function toOperation({ method, path, summary, access }: Route, { query, body, response, secret = [] }: RouteBody): Json {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
  return {
    operationId: `${method.toLowerCase()}${path.replace(/[^a-z0-9]+(.)?/gi, (_, letter: string | undefined) => (letter ?? '').toUpperCase())}`, summary,
    ...(access === 'open' ? { security: [{}, { token: [] }] } : {}),
    parameters: [...inPath, ...(query === undefined ? [] : toParameters(describe(query, 'input')))],
    ...(body === undefined ? {} : { requestBody: { content: { 'application/json': { schema: hideSecrets(describe(body, 'input'), secret) } } } }),
    responses: {
      200: { description: 'Done.', ...(response === undefined ? {} : { content: { 'application/json': { schema: describe(response, 'output') } } }) },
      default: { description: 'An error.', content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } },
    },
  };
}

/** Schema libraries that can say what they check (Standard JSON Schema) do so. */
function describe(schema: Schema, side: 'input' | 'output'): Json {
  const { jsonSchema } = schema['~standard'] as { jsonSchema?: Record<'input' | 'output', (options: { target: string }) => Json> };
  if (jsonSchema === undefined) return {};
  const { $schema: _, ...described } = jsonSchema[side]({ target: 'draft-2020-12' });
  return described;
}

function toParameters({ properties = {}, required = [] }: { properties?: Record<string, Json>; required?: readonly string[] }): Json[] {
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: required.includes(name), schema }));
}

function hideSecrets(schema: Json, secret: readonly string[]): Json {
  const properties = schema['properties'] as Record<string, Json> | undefined;
  if (properties === undefined || secret.length === 0) return schema;
  return { ...schema, properties: Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, secret.includes(name) ? { ...property, format: 'password', writeOnly: true } : property])) };
}
