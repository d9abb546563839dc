import type { AnyTRPCRouter } from '@trpc/server';
import { z } from 'zod';
import manifest from '../../package.json' with { type: 'json' };
import { ERRORS } from '../domain/errors.ts';
import { type Definition, definitionsOf } from '../router/reflect.ts';
import { ANSWERS, type Described, REQUESTS } from './schemas.ts';
import { type ProcedureRoute, walk } from './walk.ts';

type Json = Readonly<Record<string, unknown>>;

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
      responses: errorResponses(),
      schemas: schemas(definitions),
    },
  };
}

const PARAMETERS: Json = Object.freeze({
  Commit: {
    name: 'x-spillway-commit',
    in: 'header',
    description: 'When an attempt becomes the answer, for this request.',
    schema: { type: 'string', enum: ['first-token', 'first-event', 'headers'] },
  },
  Deadline: {
    name: 'x-spillway-deadline',
    in: 'header',
    description: 'Accept to the first token at most: milliseconds, or 250ms, 5s, 10m. Only shortens the chain’s own.',
    schema: { type: 'string', examples: ['5s'] },
  },
});

const HEADERS: Json = Object.freeze({
  RequestId: { description: 'The request’s id: the caller’s own if it was sane.', schema: { type: 'string' } },
  Chain: { description: 'The chain that answered.', schema: { type: 'string' } },
  Provider: { description: 'The provider that answered.', schema: { type: 'string' } },
  Model: { description: 'Its model.', schema: { type: 'string' } },
  Attempts: { description: 'How many attempts were sent.', schema: { type: 'integer' } },
});

function operation(route: ProcedureRoute, { meta, input }: Definition): Json {
  const { procedure, access, method } = route;
  const asks = method === 'POST';
  const id = input?.meta()?.id;
  return {
    operationId: procedure,
    summary: meta?.summary,
    tags: [tagOf(route)],
    ...(access === 'public' ? { security: [] } : {}),
    parameters: [
      ...[...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
        name,
        in: 'path',
        required: true,
        description: 'May hold slashes.',
        schema: { type: 'string' },
      })),
      ...(asks ? Object.keys(PARAMETERS).map((name) => ref('parameters', name)) : []),
    ],
    ...(asks && id !== undefined
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: ref('schemas', id), example: REQUESTS[id] } },
          },
        }
      : {}),
    responses: {
      200: answer(route),
      ...Object.fromEntries(refusals(route).map((status) => [status, ref('responses', `Error${status}`)])),
      ...(asks ? { default: ref('responses', 'Refused') } : {}),
    },
  };
}

function answer({ answers, streams, method }: ProcedureRoute): Json {
  const served = method === 'POST' ? ['Chain', 'Provider', 'Model', 'Attempts'] : [];
  const known = describedAs(answers);
  return {
    description: streams === undefined ? 'The answer.' : 'The answer: whole, or as a stream for `"stream": true`.',
    headers: {
      'x-request-id': ref('headers', 'RequestId'),
      ...Object.fromEntries(served.map((name) => [`x-spillway-${name.toLowerCase()}`, ref('headers', name)])),
    },
    content: {
      'application/json': { schema: ref('schemas', answers), example: known.example },
      ...(streams === undefined ? {} : { 'text/event-stream': eventStream(`${answers}Chunk`) }),
    },
  };
}

function eventStream(chunk: string): Json {
  const { example } = describedAs(chunk);
  return {
    schema: {
      type: 'string',
      description: `Events \`data: {...}\`, each a ${chunk}; after a complete answer, and only then, \`data: [DONE]\`. A failure after the first token is one event with an \`error\`, and no \`[DONE]\`.`,
      contentMediaType: 'application/json',
      contentSchema: ref('schemas', chunk),
    },
    example: `data: ${JSON.stringify(example)}\n\ndata: [DONE]\n\n`,
  };
}

/** The statuses of our own errors that a route may answer with; a vendor's refusal of the request itself may have any other. */
function refusals({ method, access, procedure }: ProcedureRoute): readonly number[] {
  if (access === 'public') return procedure.endsWith('ready') ? [503] : [];
  return method === 'POST' ? [400, 401, 403, 404, 413, 415, 500, 503, 504] : [400, 401, 403, 404, 500];
}

function errorResponses(): Json {
  const byStatus = Map.groupBy(Object.entries(ERRORS), ([, { status }]) => status);
  const content = { 'application/json': { schema: ref('schemas', 'Error') } };
  return {
    ...Object.fromEntries(
      [...byStatus].map(([status, codes]) => [
        `Error${status}`,
        { description: `One of the codes ${codes.map(([code]) => `\`${code}\``).join(', ')}.`, content },
      ]),
    ),
    Error503: {
      description: `One of the codes ${(byStatus.get(503) ?? []).map(([code]) => `\`${code}\``).join(', ')}.`,
      headers: { 'retry-after': { description: 'Seconds to wait, 1 to 60.', schema: { type: 'integer' } } },
      content: { 'application/json': { schema: ref('schemas', 'Error'), example: ANSWERS.Error.example } },
    },
    Refused: { description: 'A provider’s refusal of the request itself, as it put it.', content },
  };
}

/** Every named schema: the inputs of the procedures, and the answers. */
function schemas(definitions: ReadonlyMap<string, Definition>): Json {
  const registry = z.registry<{ id: string }>();
  const bodies = new Set<string>();
  for (const { input, meta } of definitions.values()) {
    const id = input?.meta()?.id;
    if (input === undefined || id === undefined) continue;
    registry.add(input, { id });
    if (meta?.rest?.streams !== undefined) bodies.add(id);
  }
  for (const [id, { schema }] of Object.entries(ANSWERS)) registry.add(schema, { id });
  const made = z.toJSONSchema(registry, { uri: (id) => `#/components/schemas/${id}`, io: 'input' });
  return Object.fromEntries(
    Object.entries(made.schemas).map(([id, { $id: _, $schema: __, ...schema }]) => [
      id,
      // One path answers whole and as a stream; the procedures behind it take one each.
      bodies.has(id) ? { ...schema, properties: { ...schema.properties, stream: STREAM } } : schema,
    ]),
  );
}

const STREAM: Json = Object.freeze({ type: ['boolean', 'null'], description: 'True streams the answer.' });

function describedAs(name: string): Described {
  const known: Readonly<Record<string, Described>> = ANSWERS;
  const described = known[name];
  if (described === undefined) throw new Error(`The answer '${name}' has no schema.`);
  return described;
}

function tagOf({ procedure }: ProcedureRoute): string {
  return procedure.split('.')[0] ?? procedure;
}

function ref(kind: string, name: string): Json {
  return { $ref: `#/components/${kind}/${name}` };
}
