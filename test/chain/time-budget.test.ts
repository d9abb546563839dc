import { expect, test } from 'vitest';
import { attemptTimeouts, shareOf } from '../../src/chain/time-budget.ts';
import { parseConfig } from '../../src/config/load.ts';
import { toSnapshot } from '../../src/config/snapshot.ts';
import type { Timeouts } from '../../src/domain/chain.ts';

function timeoutsOf(entry: object, timeouts: object = {}): Timeouts {
  const result = parseConfig(
    {
      providers: { p: { preset: 'ollama' }, q: { baseUrl: 'http://127.0.0.1:1/v1', apiKey: 'none' } },
      chains: { c: { entries: [entry], timeouts } },
    },
    {},
  );
  const found = result.ok ? toSnapshot(result.config).chains.get('c')?.entries[0]?.timeouts : undefined;
  if (found === undefined) throw new Error('The configuration is wrong.');
  return found;
}

const LOCAL = { provider: 'p', model: 'llama3' };
const MINUTES = 60_000;

test.each([
  ['a stream, alone', LOCAL, {}, { stream: true, patient: true }, [10 * MINUTES, 10 * MINUTES]],
  ['JSON, alone: as long as the whole attempt', LOCAL, {}, { stream: false, patient: true }, [undefined, undefined]],
  ['a stream, with others', LOCAL, {}, { stream: true, patient: false }, [2 * MINUTES, 2 * MINUTES]],
  ['JSON, with others', LOCAL, {}, { stream: false, patient: false }, [2 * MINUTES, 2 * MINUTES]],
  [
    'a reasoning model, with others',
    { ...LOCAL, model: 'qwen3' },
    {},
    { stream: true, patient: false },
    [5 * MINUTES, 5 * MINUTES],
  ],
  ['a configured first token', LOCAL, { firstToken: '5s' }, { stream: true, patient: true }, [10 * MINUTES, 5000]],
  ['both configured', LOCAL, { firstToken: '5s', headers: '3s' }, { stream: false, patient: false }, [3000, 5000]],
  [
    'a server without a preset',
    { provider: 'q', model: 'm' },
    {},
    { stream: true, patient: true },
    [undefined, undefined],
  ],
])('the time until the first token of %s', (_, entry, timeouts, conditions, expected) => {
  const { headers, firstToken } = attemptTimeouts(timeoutsOf(entry, timeouts), conditions);
  expect([headers, firstToken]).toEqual(expected);
});

test('the last usable entry gets all the time that is left', () => {
  expect([shareOf(600_000, 1), shareOf(600_000, 3)]).toEqual([600_000, 200_000]);
});
