import { expect, test } from 'vitest';
import { ANONYMOUS } from '../../../src/domain/principal.ts';
import type { TracedRequest } from '../../../src/domain/tracing.ts';
import { describeChain } from '../../../src/observe/traces/chain-span.ts';
import { type SpanHead, SpanText } from '../../../src/observe/traces/span-text.ts';
import { readSpan } from '../../helpers/read-spans.ts';
import { finishedEvent } from '../../helpers/finished.ts';

const HEAD: SpanHead = {
  ids: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), isSampled: true, tracestate: undefined },
  parentSpanId: undefined,
  isRemote: false,
  kind: 'internal',
  startedAt: 0,
};
const REQUEST: TracedRequest = {
  id: 'r',
  door: 'rest',
  acceptedAt: 1000,
  report: { head: undefined, operation: '', route: undefined, principal: ANONYMOUS, traceHeaders: undefined },
  redact: (text) => text.replaceAll('secret', '***'),
};

test('names that clients make up are redacted in the attributes and in the events of a chain', () => {
  const span = new SpanText();
  const event = finishedEvent({
    trail: [
      { provider: 'a', model: 'secret-1', outcome: 'skipped', reason: 'limited' },
      { provider: 'a', model: 'secret-2', outcome: 'answered', startedMs: 1, durationMs: 2 },
    ],
    provider: 'a',
    model: 'secret-2',
    committedMs: 3,
    queuedMs: 0.5,
  });
  const chain = { name: 'a/secret-2', commit: 'headers', startedAt: 1001 } as const;
  describeChain(span, { chain, request: REQUEST, event });
  const { attributes, events } = readSpan(JSON.parse(span.toText(HEAD, 'chain', 1)), {});
  expect(attributes).toEqual({
    'spillway.chain': 'a/***-2',
    'spillway.attempts': 1,
    'spillway.commit': 'headers',
    'spillway.queued_ms': 0.5,
  });
  expect(events.map(({ attributes: { 'spillway.model': model } }) => model)).toEqual(['***-1', '***-2']);
});
