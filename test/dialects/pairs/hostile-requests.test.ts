import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codecOf } from '../../../src/dialects/codec-of.ts';
import type { Encoded, Unsuited } from '../../../src/dialects/codec.ts';
import { DIALECTS, type Dialect } from '../../../src/domain/chain.ts';
import { GatewayError } from '../../../src/domain/errors.ts';
import { fieldsOf } from '../../../src/lib/record.ts';
import { OPERATIONS } from '../../../src/operations/operations.ts';
import { callOf } from '../../helpers/call.ts';
import { damage, damaged } from '../../helpers/damage.ts';
import { fixturesOf } from '../../helpers/dialect-fixtures.ts';
import { targetOf } from '../../helpers/target.ts';

const RUNS = 200;
const CLIENTS = [
  ['chat.completions', 'chat'],
  ['responses', 'responses'],
  ['messages', 'messages'],
] as const;

/** The ids of the calls and of the results in a request's body, in order. */
interface Ids {
  readonly calls: readonly unknown[];
  readonly results: readonly unknown[];
}

const listOf = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? value.map(fieldsOf) : [];

const IDS: Readonly<Record<Dialect, (body: Readonly<Record<string, unknown>>) => Ids>> = {
  openai: ({ messages }) => ({
    calls: listOf(messages).flatMap(({ tool_calls: calls }) => listOf(calls).map(({ id }) => id)),
    results: listOf(messages).flatMap(({ role, tool_call_id: id }) => (role === 'tool' ? [id] : [])),
  }),
  'openai-responses': ({ input }) => ({
    calls: listOf(input).flatMap(({ type, call_id: id }) => (String(type).endsWith('_call') ? [id] : [])),
    results: listOf(input).flatMap(({ type, call_id: id }) => (String(type).endsWith('_call_output') ? [id] : [])),
  }),
  anthropic({ messages }) {
    const blocks = listOf(messages).flatMap(({ content }) => listOf(content));
    return {
      calls: blocks.flatMap(({ type, id }) => (type === 'tool_use' ? [id] : [])),
      results: blocks.flatMap(({ type, tool_use_id: id }) => (type === 'tool_result' ? [id] : [])),
    };
  },
};

describe.each(CLIENTS)('a damaged request of %s', (name, api) => {
  const bodies = fixturesOf(api).map(({ request: { body } }) => body);
  const arbitrary = fc.tuple(fc.nat(bodies.length - 1), fc.array(damage, { maxLength: 6 }));

  test.each(DIALECTS)('is refused, or encoded for %s with a result for each call', (dialect) => {
    const codec = codecOf(OPERATIONS[name], dialect);
    const target = targetOf({ dialect });
    fc.assert(
      fc.property(arbitrary, ([body, damages]) => {
        const call = callOf({ operation: name, input: JSON.stringify(damaged(bodies[body], damages)) });
        let encoded: Encoded | Unsuited;
        try {
          encoded = codec.encode(call, target, { without: new Set(), headers: {} });
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(GatewayError);
          return;
        }
        if ('unsuited' in encoded) return;
        const sent = [encoded.request.body ?? []].flat().join('');
        const { calls, results } = IDS[dialect](fieldsOf(JSON.parse(sent)));
        // The client's own body passes as it is.
        if (codec.translate !== undefined) expect(results).toEqual(calls);
      }),
      { numRuns: RUNS },
    );
  });
});
