import { expect, test } from 'vitest';
import { type ConfigInput } from '../../src/config/schema.ts';
import { parseConfig } from '../../src/config/load.ts';
import { listModels, resolveChain } from '../../src/config/resolve.ts';
import { toSnapshot } from '../../src/config/snapshot.ts';
import type { Snapshot } from '../../src/domain/chain.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import { ANONYMOUS, INTERNAL, type Principal } from '../../src/domain/principal.ts';

const INPUT: ConfigInput = {
  providers: {
    a: { baseUrl: 'http://a.test' },
    b: { baseUrl: 'http://b.test', models: { listed: {}, '*': {} } },
  },
  chains: { main: { entries: ['a/x', 'b/y/z'] }, side: { entries: ['a/x'] } },
  aliases: { one: 'two', two: 'main', 'a/shadowed': 'side', pair: 'a/x' },
};

function snapshotOf(input: ConfigInput): Snapshot {
  const result = parseConfig(input, {});
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return toSnapshot(result.config);
}

function resolved(principal: Principal, model: string | undefined, input = INPUT): string {
  try {
    return resolveChain(snapshotOf(input), principal, model).name;
  } catch (error) {
    return GatewayError.from(error).code;
  }
}

const only = (...chains: string[]): Principal => ({ ...INTERNAL, chains });

test.each([
  ['main', 'main'],
  ['one', 'main'],
  ['two', 'main'],
  ['a/shadowed', 'side'],
  ['pair', 'a/x'],
  ['a/x', 'a/x'],
  ['b/y/z', 'b/y/z'],
  ['b/listed', 'b/listed'],
  ['b/any/thing', 'b/any/thing'],
  ['b/*', 'model_not_found'],
  ['b/', 'model_not_found'],
  ['/x', 'model_not_found'],
  ['a/y', 'model_not_found'],
  ['c/x', 'model_not_found'],
  ['MAIN', 'model_not_found'],
  ['__proto__', 'model_not_found'],
  ['constructor/x', 'model_not_found'],
  [undefined, 'missing_model'],
])('for an unrestricted principal the model %j resolves to %s', (model, expected) => {
  expect(resolved(INTERNAL, model)).toBe(expected);
});

test.each([
  [only('main'), 'main', 'main'],
  [only('main'), 'one', 'main'],
  [only('main'), 'side', 'model_not_found'],
  [only('main'), 'a/shadowed', 'model_not_found'],
  [only('main'), 'a/x', 'model_not_found'],
  [only('main'), 'b/open', 'model_not_found'],
  [only('a/x'), 'a/x', 'a/x'],
  [only('a/x'), 'pair', 'a/x'],
  [only('one'), 'one', 'main'],
  [only('one'), 'main', 'model_not_found'],
  [ANONYMOUS, 'main', 'model_not_found'],
])('for the restricted principal %# the model %s resolves to %s', (principal, model, expected) => {
  expect(resolved(principal, model)).toBe(expected);
});

test('an unknown model can resolve to the default chain, a forbidden one never does', () => {
  const lenient: ConfigInput = { ...INPUT, defaults: { chain: 'main', unknownModel: 'default' } };
  expect(resolved(INTERNAL, 'whatever', lenient)).toBe('main');
  expect(resolved(only('main'), 'whatever', lenient)).toBe('main');
  expect(resolved(only('main'), 'side', lenient)).toBe('model_not_found');
  expect(resolved(only('side'), 'whatever', lenient)).toBe('model_not_found');
  expect(resolved(only('side'), undefined, lenient)).toBe('model_not_found');
});

test('the list contains chains, aliases and provider/model names that resolve, and only those that the key may use', () => {
  const all = listModels(snapshotOf(INPUT), INTERNAL);
  expect(all).toEqual(['main', 'side', 'one', 'two', 'a/shadowed', 'pair', 'a/x', 'b/y/z', 'b/listed']);
  expect(listModels(snapshotOf(INPUT), only('main'))).toEqual(['main', 'one', 'two']);
  expect(listModels(snapshotOf(INPUT), ANONYMOUS)).toEqual([]);
});

test('the error for an unknown model lists at most fifty names and truncates a long one', () => {
  const chains = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`c${index}`, { entries: ['a/x'] }]));
  const snapshot = snapshotOf({ ...INPUT, chains, aliases: {} });
  const thrown = (model: string): GatewayError => {
    try {
      resolveChain(snapshot, INTERNAL, model);
    } catch (error) {
      return GatewayError.from(error);
    }
    throw new Error('resolved');
  };
  expect(thrown('nope')).toMatchObject({ code: 'model_not_found', wire: { param: 'model' } });
  expect(thrown('nope').message).toBe("The model 'nope' does not exist or you may not use it.");
  expect(thrown('nope').details.models).toEqual(Object.keys(chains).slice(0, 50));
  expect(thrown('n'.repeat(100_000)).message.length).toBeLessThan(1000);
});

test('timeouts of the entry override those of the chain, which override the defaults; entries of one account share its digest', () => {
  const snapshot = snapshotOf({
    providers: {
      a: { baseUrl: 'http://a.test/', apiKey: 'k' },
      twin: { baseUrl: 'http://a.test', apiKey: 'k' },
      b: { baseUrl: 'http://a.test', apiKey: 'none' },
    },
    chains: {
      c: {
        entries: [
          { provider: 'a', model: 'x', timeouts: { idle: 1 }, weight: 3 },
          { provider: 'twin', model: 'x', reasoning: true },
          { provider: 'b', model: 'x', reasoning: true, timeouts: { headers: '2s' } },
        ],
        timeouts: { idle: 2, total: '3s' },
        onContentFilter: 'next',
      },
    },
    defaults: { timeouts: { idle: 4, total: 5, connect: 6, firstToken: 7 } },
  });
  const chain = resolveChain(snapshot, INTERNAL, 'c');
  expect(chain).toMatchObject({ deadline: 600_000, commit: 'first-token', onContentFilter: 'next' });
  expect(chain.entries.map(({ timeouts, weight }) => ({ ...timeouts, weight }))).toEqual([
    { connect: 6, headers: undefined, firstToken: 7, streamStart: 60_000, idle: 1, total: 3000, weight: 3 },
    { connect: 6, headers: undefined, firstToken: 7, streamStart: 300_000, idle: 2, total: 3000, weight: 1 },
    { connect: 6, headers: 2000, firstToken: 7, streamStart: 300_000, idle: 2, total: 3000, weight: 1 },
  ]);
  const [a, twin, b] = chain.entries.map(({ targets: [target] }) => target.account);
  expect(a).toMatch(/^[0-9a-f]{32}$/);
  expect(twin).toBe(a);
  expect(b).not.toBe(a);
  expect(snapshot.redact('a k')).toBe('a k');
  expect(Object.isFrozen(snapshot) && Object.isFrozen(chain.entries) && Object.isFrozen(chain.entries[0])).toBe(true);
});
