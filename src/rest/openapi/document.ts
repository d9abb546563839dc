import type { AnyTRPCRouter } from '@trpc/server';
import manifest from '../../../package.json' with { type: 'json' };
import { definitionsOf } from '../../router/definitions.ts';
import { walk } from '../routes.ts';
import { HEADERS, type Json, PARAMETERS, schemas } from './components.ts';
import { operation, tagOf } from './operation.ts';
import { errorResponses } from './responses.ts';

/** The description of the facade as OpenAPI 3.1: from the same walk that makes its routes. Pure; the same each time. */
export function openApiDocument(router: AnyTRPCRouter): Json {
  const definitions = definitionsOf(router);
  const routes = walk(router);
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = route.prefix === 'v1' ? `/v1${route.path}` : route.path;
    const definition = definitions.get(route.procedure);
    if (definition === undefined) continue;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, definition) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Spillway',
      version: manifest.version,
      description: 'An LLM gateway whose chains spill over before the caller sees anything, as the OpenAI API.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ key: [] }],
    tags: [...new Set(routes.map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'A key of the configuration; none on a keyless loopback.' },
      },
      parameters: PARAMETERS,
      headers: HEADERS,
      responses: errorResponses(routes),
      schemas: schemas(definitions),
    },
  };
}
