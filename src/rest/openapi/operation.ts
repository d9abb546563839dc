import type { Definition } from '../../router/definitions.ts';
import type { ProcedureRoute } from '../routes.ts';
import { ANSWERS, REQUESTS } from './answers.ts';
import type { Described } from './described.ts';
import { type Json, PARAMETERS, ref } from './components.ts';
import { refusalsOf } from './responses.ts';

/** One operation of the document: a route, with what its procedure takes and says of itself. */
export function operation(route: ProcedureRoute, { meta, input }: Definition): Json {
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
      ...(asks && access !== 'admin' ? Object.keys(PARAMETERS).map((name) => ref('parameters', name)) : []),
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
      ...Object.fromEntries(refusalsOf(route).map((status) => [status, ref('responses', `Error${status}`)])),
      ...(asks && access !== 'admin' ? { default: ref('responses', 'Refused') } : {}),
    },
  };
}

function answer({ answers, streams, method, access }: ProcedureRoute): Json {
  const served = method === 'POST' && access !== 'admin' ? ['Chain', 'Provider', 'Model', 'Attempts'] : [];
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

/** The group that a route is shown in. */
export function tagOf({ procedure }: ProcedureRoute): string {
  return procedure.split('.')[0] ?? procedure;
}

function describedAs(name: string): Described {
  const known: Readonly<Record<string, Described>> = ANSWERS;
  const described = known[name];
  if (described === undefined) throw new Error(`The answer '${name}' has no schema.`);
  return described;
}
