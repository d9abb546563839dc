import { z } from 'zod';
import type { Definition } from '../../router/definitions.ts';
import { ANSWERS } from './answers.ts';

/** A piece of the document. */
export type Json = Readonly<Record<string, unknown>>;

/** What a caller may ask for by header. */
export const PARAMETERS: Json = Object.freeze({
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

/** What an answer tells of its request. */
export const HEADERS: Json = Object.freeze({
  RequestId: { description: 'The request’s id: the caller’s own if it was sane.', schema: { type: 'string' } },
  Chain: { description: 'The chain that answered.', schema: { type: 'string' } },
  Provider: { description: 'The provider that answered.', schema: { type: 'string' } },
  Model: { description: 'Its model.', schema: { type: 'string' } },
  Attempts: { description: 'How many attempts were sent.', schema: { type: 'integer' } },
});

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
      // Both are about a schema that stands alone, and the id's fragment makes the document invalid.
      const { $id: _, $schema: __, ...schema } = described;
      // One path answers whole and as a stream; the procedures behind it take one each.
      return [id, bodies.has(id) ? { ...schema, properties: { ...schema.properties, stream: STREAM } } : schema];
    }),
  );
}

const STREAM: Json = Object.freeze({ type: ['boolean', 'null'], description: 'True streams the answer.' });

/** A reference to a component. */
export function ref(kind: 'headers' | 'parameters' | 'responses' | 'schemas', name: string): Json {
  return { $ref: `#/components/${kind}/${name}` };
}
