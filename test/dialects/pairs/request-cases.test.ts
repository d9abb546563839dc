import { expect, test } from 'vitest';
import { translatedCodec } from '../../../src/dialects/neutral/translated-codec.ts';
import { GatewayError } from '../../../src/domain/errors.ts';
import { callOf } from '../../helpers/call.ts';
import { targetOf } from '../../helpers/target.ts';
import { CLIENTS, PROVIDERS } from './apis.ts';
import { mismatches, presentAt } from './case-match.ts';
import { type PairCase, pairCases } from './cases.ts';

const cases = pairCases('request');
const enabled = cases.flatMap((each) => {
  const client = CLIENTS[each.from];
  const provider = PROVIDERS[each.to];
  return client === undefined || provider === undefined || each.from === each.to ? [] : [{ ...each, client, provider }];
});

/** What becomes of a case's request. */
function encoded({ client, provider, ...given }: (typeof enabled)[number]): {
  readonly body?: unknown;
  readonly dropped?: readonly string[] | undefined;
  readonly unsuited?: string;
  readonly error?: GatewayError;
} {
  const { model = 'm', ...capabilities } = given.target ?? {};
  const target = targetOf({ model: String(model), capabilities });
  const call = callOf({ operation: client.operation, input: given.in as object });
  const options = { without: new Set<string>(), headers: {} };
  try {
    const result = translatedCodec(client.api, provider).encode(call, target, options);
    if ('unsuited' in result) {
      const { unsuited, field: param, code } = result;
      return code === undefined ? { unsuited } : { error: new GatewayError(code, { message: unsuited, param }) };
    }
    return { body: JSON.parse(String(result.request.body)) as unknown, dropped: result.dropped };
  } catch (thrown) {
    if (thrown instanceof GatewayError) return { error: thrown };
    throw thrown;
  }
}

function check(given: (typeof enabled)[number]): void {
  const { body, dropped, unsuited, error } = encoded(given);
  if (given.outcome === 'unsuited') return expect(unsuited).toEqual(expect.any(String));
  if (given.outcome === 'rejected') {
    const { status, ...wire } = given.wantError ?? {};
    expect(error?.status).toBe(status);
    return expect(error?.wire).toMatchObject(wire);
  }
  expect(unsuited ?? error).toBeUndefined();
  expect([...mismatches(body, given.want, given), ...presentAt(body, given.absent)]).toEqual([]);
  expect(dropped).toEqual(expect.arrayContaining([...(given.dropped ?? [])]));
}

test.each(enabled)('$id $from to $to: $title', check);

test('the cases of requests name APIs that the tables may hold', () => {
  const known: readonly PairCase['from'][] = ['chat', 'messages', 'responses', 'gemini', 'bedrock'];
  for (const { from, to } of cases) expect(known).toEqual(expect.arrayContaining([from, to]));
  expect(cases.length).toBeGreaterThan(30);
});
