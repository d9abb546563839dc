import { z } from 'zod';
import { memberOf } from '../../lib/record.ts';
import { OPERATIONS } from '../../operations/operations.ts';
import type { Definition } from '../../router/definitions.ts';
import type { ProcedureRoute } from '../routes.ts';
import { ANSWERS, REQUESTS } from './answers.ts';
import { headersOf, type Json, PARAMETERS, ref } from './components.ts';
import { errorSchemaOf } from './error-schemas.ts';
import type { Described } from './described.ts';
import { makesRun, ofRun, placesOf, refusalsOf, refusedOf, runsChain } from './responses.ts';

/** One operation of the document: a route, with the input and the summary of its procedure. `streamed`: the procedure that streams its answer. */
export function operation(route: ProcedureRoute, { meta, input }: Definition, streamed?: Definition): Json {
  const { procedure, access, method } = route;
  const id = input?.meta()?.id;
  const body =
    method === 'POST' && id !== undefined
      ? {
          required: route.body !== 'optional',
          content: { 'application/json': { schema: ref('schemas', id), example: REQUESTS[id] } },
        }
      : undefined;
  return {
    operationId: procedure,
    summary: meta?.summary,
    tags: [tagOf(route)],
    ...(access === 'public' ? { security: [] } : {}),
    parameters: [
      ...pathParameters(route, input),
      ...(method !== 'POST' && input !== undefined ? queryParameters(route, input, streamed?.input) : []),
      ...optionsOf(route).map((name) => ref('parameters', name)),
    ],
    ...(body === undefined ? {} : { requestBody: body }),
    responses: {
      [route.status ?? 200]: answer(route),
      ...Object.fromEntries(
        refusalsOf(route).map((status) => [status, ref('responses', `${errorSchemaOf(route)}${status}`)]),
      ),
      ...(runsChain(route) ? { default: ref('responses', refusedOf(errorSchemaOf(route))) } : {}),
    },
  };
}

/** The options that a client may set by header. Only a stream can be a run. */
function optionsOf(route: ProcedureRoute): string[] {
  if (!runsChain(route)) return [];
  return Object.keys(PARAMETERS).filter((name) => name !== 'Run' || (makesRun(route) && route.streams !== undefined));
}

function pathParameters({ path }: ProcedureRoute, input: z.ZodType | undefined): Json[] {
  const { properties = {} } = input === undefined ? {} : z.toJSONSchema(input, { io: 'input' });
  return [...path.matchAll(/\{(\+?)(\w+)\}/g)].map(([, slashes, name = '']) => ({
    name,
    in: 'path',
    required: true,
    ...(slashes === '+' ? { description: 'May contain slashes.' } : {}),
    schema: schemaOf(properties[name]),
  }));
}

/** The schema of a parameter, whose description is beside it. */
function schemaOf(property: z.core.JSONSchema._JSONSchema = { type: 'string' }): Json {
  const { description: _, ...schema } = typeof property === 'boolean' ? {} : property;
  return schema;
}

/** The members of an input that are query parameters: those that the path does not give. Where the answer may be a stream, also the members of its own input. */
function queryParameters({ path }: ProcedureRoute, input: z.ZodType, streamed?: z.ZodType): Json[] {
  const { properties: own = {}, required = [] } = z.toJSONSchema(input, { io: 'input' });
  const { properties: more = {} } = streamed === undefined ? {} : z.toJSONSchema(streamed, { io: 'input' });
  const properties = { ...more, ...own };
  const { stream } = own;
  // Each of the two takes one of its values.
  if (streamed !== undefined && typeof stream === 'object')
    properties['stream'] = { type: 'boolean', ...(stream.description && { description: stream.description }) };
  return Object.entries(properties)
    .filter(([name]) => !path.includes(`${name}}`))
    .map(([name, property]) => {
      const { description, ...schema } = typeof property === 'boolean' ? {} : property;
      return {
        name,
        in: 'query',
        ...(required.includes(name) ? { required: true } : {}),
        ...(description === undefined ? {} : { description }),
        schema,
      };
    });
}

function answer(route: ProcedureRoute): Json {
  const { answers, streams, type, events = `${answers}Chunk` } = route;
  if (type === 'subscription')
    return {
      description: 'The answer as a stream, from its beginning or behind an event.',
      headers: headersOf('chains', 'streams', 'runs'),
      content: { 'text/event-stream': eventStream(route, answers) },
    };
  return {
    description: streams === undefined ? 'The answer.' : 'The answer: whole, or as a stream for `"stream": true`.',
    headers: headersOf(
      ...placesOf(errorSchemaOf(route)),
      ...(runsChain(route) ? (['chains'] as const) : []),
      ...(streams === undefined ? [] : (['streams'] as const)),
      ...(makesRun(route) || ofRun(route) ? (['runs'] as const) : []),
    ),
    content: {
      'application/json': { schema: ref('schemas', answers), example: describedAs(answers).example },
      ...(streams === undefined ? {} : { 'text/event-stream': eventStream(route, events) }),
    },
  };
}

/** The events of a stream in the form of the operation's API. */
function eventStream({ operation, eventsOf }: ProcedureRoute, chunk: string): Json {
  const { example } = describedAs(chunk);
  const { stream } = OPERATIONS[operation ?? eventsOf ?? 'chat.completions'];
  const data = `data: ${JSON.stringify(example)}\n\n`;
  const named = stream?.events === 'named';
  return {
    schema: {
      type: 'string',
      description: named ? namedText(chunk) : bareText(chunk),
      contentMediaType: 'application/json',
      contentSchema: ref('schemas', chunk),
    },
    example: named ? `event: ${String(memberOf(example, 'type'))}\n${data}` : `${data}${stream?.end ?? ''}`,
  };
}

function bareText(chunk: string): string {
  return `Events \`data: {...}\`, each a ${chunk}. \`data: [DONE]\` follows a complete answer, and nothing else. A failure after the first token is one event with an \`error\`, without \`[DONE]\`.`;
}

function namedText(chunk: string): string {
  return `Events \`event: TYPE\` with \`data: {...}\`, each a ${chunk} of that \`type\`. The API’s own last event ends a complete answer, and only that. A failure after the first token is an event \`error\`, without that last event.`;
}

/** The group in which a route is shown. */
export function tagOf({ procedure }: ProcedureRoute): string {
  return procedure.split('.')[0] ?? procedure;
}

function describedAs(name: string): Described {
  const known: Readonly<Record<string, Described>> = ANSWERS;
  const described = known[name];
  if (described === undefined) throw new Error(`The answer '${name}' has no schema.`);
  return described;
}
