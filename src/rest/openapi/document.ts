import type { AnyTRPCRouter } from '@trpc/server';
import manifest from '../../../package.json' with { type: 'json' };
import { KEY_HEADERS } from '../../auth/keys.ts';
import { definitionsOf } from '../../router/definitions.ts';
import { routesOf } from '../routes.ts';
import { HEADERS, type Json, PARAMETERS, schemas } from './components.ts';
import { operation, tagOf } from './operation.ts';
import { errorResponses } from './responses.ts';

/** The description of the facade as OpenAPI 3.1, from the routes that it serves. Pure; the same each time. */
export function openApiDocument(router: AnyTRPCRouter): Json {
  const definitions = definitionsOf(router);
  const routes = routesOf(router);
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    // OpenAPI has no form for a parameter that takes slashes.
    const shown = route.path.replaceAll('{+', '{');
    const path = route.prefix === 'v1' ? `/v1${shown}` : shown;
    const definition = definitions.get(route.procedure);
    if (definition === undefined) continue;
    const streamed = route.streams === undefined ? undefined : definitions.get(route.streams);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, definition, streamed) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Spillway',
      version: manifest.version,
      description:
        'An LLM gateway with chains of providers that fail over before the client sees anything, as the APIs of OpenAI and of Anthropic.\n\n' +
        'Beside these paths there are `/openapi.json`, `/docs/`, and for viewers and admins `/metrics`, a text for Prometheus.\n\n' +
        'Any other path is a 404. A method that a path does not have is a 405, whose `allow` names those that it has; HEAD answers like ' +
        'GET. Both are said before the key, the headers and the body are looked at. Every error has the ' +
        'shape `Error`, below `/v1/messages` the shape `MessagesError`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: KEY_HEADERS.map((name) => ({ [name]: [] })),
    tags: [...new Set(routes.map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: Object.fromEntries(KEY_HEADERS.map((name) => [name, securityScheme(name)])),
      parameters: PARAMETERS,
      headers: HEADERS,
      responses: errorResponses(routes),
      schemas: schemas(definitions),
    },
  };
}

function securityScheme(name: (typeof KEY_HEADERS)[number]): Json {
  const description = 'A key of the gateway. A gateway without keys needs none, and serves local clients only.';
  return name === 'authorization'
    ? { type: 'http', scheme: 'bearer', description }
    : { type: 'apiKey', in: 'header', name, description };
}
