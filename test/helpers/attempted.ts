import type { AttemptOptions } from '../../src/attempt/attempt-context.ts';
import { attempt } from '../../src/attempt/attempt.ts';
import { commitGate } from '../../src/chain/commit.ts';
import type { Codec } from '../../src/dialects/codec.ts';
import { raw } from '../../src/domain/event-stream.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createCohort } from '../../src/lib/cohort.ts';
import { type Reply, startScriptedUpstream } from '../../src/testing/index.ts';
import { createTransport } from '../../src/upstream/dispatch.ts';
import { createPools } from '../../src/upstream/pools.ts';
import { endpointAt, using } from '../upstream/exchange.ts';
import { targetOf } from './target.ts';

const NEVER = { connect: 9e6, headers: 9e6, firstToken: 9e6, streamStart: 9e6, idle: 9e6, total: 9e6 };

/** One attempt at a scripted provider, with the events of its stream as text. */
export async function attempted(
  reply: Reply,
  codec: Codec,
  own: Pick<AttemptOptions, 'call'> & Partial<AttemptOptions>,
) {
  await using upstream = await startScriptedUpstream({ script: reply });
  await using pools = using(createPools());
  const { baseUrl } = upstream;
  const tools = {
    transport: createTransport(pools),
    clock: systemClock,
    codecOf: () => codec,
    inCohort: createCohort(),
  };
  const result = await attempt(
    tools,
    {
      target: targetOf({ baseUrl, endpoint: endpointAt(new URL(baseUrl).origin) }),
      timeouts: NEVER,
      commitWithin: 9e6,
      gate: commitGate('first-token'),
      redact: (text) => text,
      headers: {},
      signal: new AbortController().signal,
      listener: {},
      ...own,
    },
    new Set(),
  );
  if (result.kind === 'failed' || result.answer.kind === 'json') return { result, text: '', named: false };
  const { stream } = result.answer;
  const { promise, resolve } = Promise.withResolvers<void>();
  let text = '';
  const control = stream[raw]({
    events: (bytes) => void (text += bytes.toString()),
    end: () => resolve(),
  });
  control.resume();
  await promise;
  return { result, text, named: stream.named };
}
