import { describe, expect, test } from 'vitest';
import { createRequests } from '../../src/domain/requests.ts';
import { INTERNAL, type Principal } from '../../src/domain/principal.ts';
import type { RequestScope } from '../../src/domain/scope.ts';
import { openAbortScope } from '../../src/lib/abort.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { singleCall } from '../../src/router/call-context.ts';
import { createCallProcedure } from '../../src/router/call-procedure.ts';
import type { CallContext } from '../../src/router/context.ts';
import { definitionsOf } from '../../src/router/definitions.ts';
import { procedure, router } from '../../src/router/procedure.ts';
import { principalOf } from '../helpers/principal.ts';
import { startRig } from '../helpers/gateway.ts';
import { readUntil } from '../faults/wire.ts';

const silent = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<never>>(() => undefined) }) };
const calls = createCallProcedure(
  definitionsOf(
    router({
      ticks: procedure.meta({ access: 'caller', summary: '' }).subscription(() => silent),
      answers: procedure
        .meta({ access: 'caller', summary: '', operation: 'chat.completions' })
        .subscription(() => silent),
    }),
  ),
);

/** A gateway's running requests, and a function that opens a subscription among them. */
function createSubscriptions() {
  const requests = createRequests({ name: 'spillway-test', clock: systemClock, emit: () => undefined });
  const open = async (path: 'ticks' | 'answers', principal: Principal): Promise<RequestScope> => {
    const opening = {
      id: 'r',
      clientRequestId: undefined,
      door: 'trpc',
      abort: openAbortScope(),
      snapshot: {} as never,
    } as const;
    const scope = requests.open(opening).as(principal, {});
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- these procedures use nothing else of a context
    const call = { scope, services: { subscriptionsOf: (id: string) => requests.subscriptionsOf(id) } } as CallContext;
    await calls({ path, input: undefined, context: singleCall(call) });
    return scope;
  };
  return { requests, open };
}

const [one, two] = [principalOf('one'), principalOf('two')];

describe('of any subscription that no chain answers', () => {
  test('one principal has at most 100 open, and each that ends makes room for another', async () => {
    const { requests, open } = createSubscriptions();
    const scopes = [];
    for (let n = 0; n < 100; n++) scopes.push(await open('ticks', one));
    await expect(open('ticks', one)).rejects.toMatchObject({
      code: 'too_many_subscriptions',
      status: 429,
      message: 'This key has 100 open subscriptions; close one of them.',
      details: { shouldRetry: false },
    });
    expect(requests.list()).toHaveLength(100);
    await open('ticks', two);
    scopes[50]?.finish({ status: 200, code: 'ok' });
    await open('ticks', one);
    await expect(open('ticks', one)).rejects.toMatchObject({ code: 'too_many_subscriptions' });
  });

  test('the process itself may have any number', async () => {
    const { requests, open } = createSubscriptions();
    for (let n = 0; n < 150; n++) await open('ticks', INTERNAL);
    expect(requests.list()).toHaveLength(150);
  });
});

test('streams that a chain answers are not counted', async () => {
  const { requests, open } = createSubscriptions();
  for (let n = 0; n < 150; n++) await open('answers', one);
  await open('ticks', one);
  expect(requests.list()).toHaveLength(151);
});

test('the 101st limits.watch of a key is refused over HTTP, and one of another key is not', async () => {
  const [ONE, TWO] = ['spillway-key-of-client-one', 'spillway-key-of-client-two'];
  const keys = [ONE, TWO].map((key, n) => ({ name: `key-${n}`, key, role: 'viewer' as const }));
  await using rig = await startRig([{}], { config: { auth: { keys } } });
  const watch = async (key: string): Promise<string> => {
    const response = await fetch(`${rig.url}/trpc/limits.watch`, { headers: { 'x-api-key': key } });
    return readUntil(response.body!.getReader(), '}\n\n');
  };
  const first = await Promise.all(Array.from({ length: 100 }, () => watch(ONE)));
  expect(first.filter((text) => text.includes('model-a'))).toHaveLength(100);
  expect(await watch(ONE)).toMatch(/"status":429\b|"code":"too_many_subscriptions"/);
  expect(await rig.ended()).toMatchObject({ code: 'too_many_subscriptions', status: 429, operation: 'limits.watch' });
  expect(await watch(TWO)).toContain('model-a');
});
