import type { RequestRecord } from 'spillway/client';
import { expect, test } from 'vitest';
import { clausesOf, endSentence, failoverMs, headlineOf } from '../../../../dashboard/pages/requests/story.ts';
import { pictureOf } from '../../../../dashboard/pages/requests/waterfall/record-picture.ts';
import { makeFailover, makeRecord, makeSkipped, makeStep } from './record.ts';

const OVERLOADED = makeStep({ provider: 'groq', model: 'a', outcome: 'overloaded', status: 503, duration_ms: 90 });
const LATER = makeStep({ started_ms: 90 });
const FAILED = { committed_ms: null, status: 503, code: 'all_providers_exhausted' } as const;

const HEADLINES: readonly (readonly [string, Partial<RequestRecord>])[] = [
  ['Answered by entry 1', {}],
  ['Answered by entry 2, 1 skipped', { trail: [makeSkipped({ model: 'a' }), makeStep()] }],
  ['Failed over to entry 2 after a 503, answered in full', { trail: [OVERLOADED, LATER] }],
  [
    'Failed over to entry 2 after no answer in time, answered in full',
    { trail: [{ ...OVERLOADED, outcome: 'silent', status: null }, LATER] },
  ],
  [
    'Failed over to entry 3 after 2 failures, answered in full',
    { trail: [OVERLOADED, { ...OVERLOADED, model: 'b' }, LATER] },
  ],
  [
    'Sent to entry 1 again after a 503, answered in full',
    { trail: [{ ...OVERLOADED, provider: 'openai', model: 'gpt-4.1-mini' }, LATER] },
  ],
  [
    'Hedged with entry 2, which was faster, answered in full',
    {
      trail: [
        makeStep({ provider: 'slow', outcome: 'cancelled', reason: 'hedge_lost' }),
        makeStep({ hedge: true, started_ms: 50 }),
      ],
    },
  ],
  [
    'Waited 300 ms in the queue for entry 1, answered in full',
    { queued_ms: 300, trail: [makeStep({ started_ms: 300 })] },
  ],
  ['Answered by entry 1, cut off by the client', { code: 'client_closed' }],
  [
    'Failed over to entry 2 after a 503, which failed after the commit',
    { code: 'upstream_truncated', trail: [OVERLOADED, LATER] },
  ],
  [
    'Both entries that were tried failed, the client got a 503',
    { ...FAILED, trail: [OVERLOADED, { ...OVERLOADED, model: 'b' }] },
  ],
  [
    'All 3 entries that were tried failed, the client got a 503',
    { ...FAILED, trail: [OVERLOADED, { ...OVERLOADED, model: 'b' }, { ...OVERLOADED, model: 'c' }] },
  ],
  ['The only entry failed, the client got a 503', { ...FAILED, trail: [OVERLOADED] }],
  ['The one entry that was tried failed, the client got a 503', { ...FAILED, trail: [makeSkipped(), OVERLOADED] }],
  ['Every entry was skipped, the client got a 503', { ...FAILED, trail: [makeSkipped()] }],
  [
    'Refused by the gateway, the client got a 404',
    { committed_ms: null, status: 404, code: 'model_not_found', trail: [] },
  ],
  [
    'No answer before the deadline, the client got a 504',
    { committed_ms: null, status: 504, code: 'deadline_exceeded', trail: [OVERLOADED] },
  ],
  [
    'The client disconnected before an answer',
    { committed_ms: null, status: 499, code: 'client_closed', trail: [makeStep({ outcome: 'cancelled' })] },
  ],
];

test.each(HEADLINES)('%s', (headline, members) => {
  expect(headlineOf(pictureOf(makeRecord(members)))).toBe(headline);
});

/** The sentence below the headline. */
function lede(record: RequestRecord): string {
  const { clauses, more } = clausesOf(pictureOf(record));
  const parts = clauses.map(({ names, more: others, words }) => {
    const named = names.map(({ provider, model }) => `${provider}/${model}`).join(', ');
    return `${named}${others > 0 ? ` and ${others} more` : ''} ${words}`;
  });
  return `${parts.join(', ')}${more > 0 ? `, and ${more} more` : ''}`;
}

test('the sentence below says what became of each entry that did not answer', () => {
  expect(lede(makeFailover())).toBe(
    'groq/llama-3.3-70b had reached a rate limit, local/qwen3 was skipped with its circuit breaker open',
  );
});

test('entries to which the same happened share a clause', () => {
  const trail = [...['a', 'b', 'c', 'd'].map((model) => makeSkipped({ model })), makeStep()];
  expect(lede(makeRecord({ trail }))).toBe(
    'openai/a, openai/b and 2 more were skipped with their circuit breaker open',
  );
});

test('of many clauses the first three are said, and how many entries are left', () => {
  const outcomes = ['overloaded', 'silent', 'throttled', 'unreachable'] as const;
  const trail = outcomes.map((outcome, at) => makeStep({ model: `m${at}`, outcome, started_ms: at * 100 }));
  expect(lede(makeRecord({ ...FAILED, trail, trail_omitted: 2 }))).toMatch(/, and 3 more$/);
});

test('a broken answer has a sentence about its end', () => {
  expect(endSentence(pictureOf(makeRecord({ code: 'upstream_truncated' })))).toBe(
    'The stream ended at 400 ms with the error upstream_truncated, after the client had read a part of it.',
  );
  expect(endSentence(pictureOf(makeRecord({ code: 'client_closed' })))).toMatch(/^The client disconnected at 400 ms/);
  expect(endSentence(pictureOf(makeRecord()))).toBeNull();
});

test('failover costs the time before the attempt that answered, and nothing where none had failed', () => {
  expect(failoverMs(pictureOf(makeFailover()))).toBe(220);
  expect(failoverMs(pictureOf(makeRecord()))).toBeNull();
  expect(failoverMs(pictureOf(makeRecord({ trail: [makeSkipped(), makeStep({ started_ms: 2 })] })))).toBeNull();
  expect(failoverMs(pictureOf(makeRecord({ queued_ms: 300, trail: [makeStep({ started_ms: 300 })] })))).toBeNull();
});
