import { z } from 'zod';
import { COMMIT_POLICIES } from '../../domain/chain.ts';
import { ERRORS } from '../../domain/errors.ts';
import { INCLUDES } from '../../domain/scope.ts';
import { type DescribedHeader, type HeaderPlace, RESPONSE_HEADERS } from '../../door/headers.ts';
import { DEADLINE, INCLUDE, RUN_POLICY } from '../../door/options.ts';
import { TAGS_HEADER } from '../../door/tags.ts';
import type { Definition } from '../../router/definitions.ts';
import { ANSWERS } from './answers.ts';

/** A piece of the document. */
export type Json = Readonly<Record<string, unknown>>;

/** The options that a client may set by header. */
export const PARAMETERS: Json = Object.freeze({
  Commit: {
    name: 'x-spillway-commit',
    in: 'header',
    description: 'What makes an attempt final, for this request.',
    schema: { type: 'string', enum: [...COMMIT_POLICIES] },
  },
  Deadline: {
    name: 'x-spillway-deadline',
    in: 'header',
    description:
      'Longest time until the first token: milliseconds, or 250ms, 5s, 10m, 1h; above zero, at most ten digits before the point. It only ' +
      'shortens the chain’s own.',
    schema: { type: 'string', pattern: DEADLINE.source, examples: ['5s', '250ms', '2000'] },
  },
  Include: {
    name: 'x-spillway-include',
    in: 'header',
    description: 'A list with commas. `trail` adds the providers’ messages to the attempts of an error.',
    schema: { type: 'string', pattern: INCLUDE.source, examples: [INCLUDES.join()] },
  },
  Log: {
    name: 'x-spillway-log',
    in: 'header',
    description: '`none` keeps the bodies of the request out of the request log, where the gateway allows it.',
    schema: { type: 'string', enum: ['none'] },
  },
  Run: {
    name: 'x-spillway-run',
    in: 'header',
    description: 'Makes a stream a run, and says what happens to it when its last reader disconnects.',
    schema: { type: 'string', pattern: RUN_POLICY.source, examples: ['drain', 'detach; grace=30s'] },
  },
  Tags: {
    name: TAGS_HEADER,
    in: 'header',
    description: 'Labels of the request in the request log: at most 8 of 64 characters.',
    schema: { type: 'string', examples: ['team=search, job=nightly'] },
  },
});

/** The response headers that clients use: the gateway's own, and those of HTTP whose meaning is the usual one. */
const DESCRIBED: readonly DescribedHeader[] = [
  ...RESPONSE_HEADERS,
  { name: 'allow', meaning: 'The methods of the path.', type: 'string', on: [ERRORS.method_not_allowed.status] },
];

/** The response headers, by name. */
export const HEADERS: Json = Object.freeze(
  Object.fromEntries(
    DESCRIBED.map(({ name, meaning, type, on }) => [
      name,
      { description: meaning, ...(on === undefined ? { required: true } : {}), schema: { type } },
    ]),
  ),
);

/** References to the headers of one answer: those of every answer, and those of its kinds or its status. */
export function headersOf(...kinds: readonly (HeaderPlace | number)[]): Json {
  const isOn = ({ on }: DescribedHeader): boolean =>
    on === undefined || kinds.some((kind) => on === kind || (Array.isArray(on) && on.includes(kind)));
  return Object.fromEntries(DESCRIBED.filter(isOn).map(({ name }) => [name, ref('headers', name)]));
}

/** Every named schema: the inputs of the procedures, and the answers. */
export function schemas(definitions: ReadonlyMap<string, Definition>): Json {
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
    Object.entries(made.schemas).map(([id, described]) => {
      // Both are for a schema that stands alone, and the id's fragment makes the document invalid.
      const { $id: _, $schema: __, ...schema } = described;
      // One path answers whole and as a stream; each of the two procedures behind it takes one of them.
      return [id, bodies.has(id) ? { ...schema, properties: { ...schema.properties, stream: STREAM } } : schema];
    }),
  );
}

const STREAM: Json = Object.freeze({ type: ['boolean', 'null'], description: 'True streams the answer.' });

/** A reference to a component. */
export function ref(kind: 'headers' | 'parameters' | 'responses' | 'schemas', name: string): Json {
  return { $ref: `#/components/${kind}/${name}` };
}
