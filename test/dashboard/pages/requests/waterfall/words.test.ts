import { expect, test } from 'vitest';
import type { PictureStep } from '../../../../../dashboard/pages/requests/waterfall/picture.ts';
import { pictureOf } from '../../../../../dashboard/pages/requests/waterfall/record-picture.ts';
import {
  answerLabel,
  causeOf,
  fateWords,
  labelOf,
  nameOf,
  pluralOf,
  spanWords,
} from '../../../../../dashboard/pages/requests/waterfall/words.ts';
import { makeRecord, makeSkipped, makeStep } from '../record.ts';

function stepOf(members: Parameters<typeof makeStep>[0], code = 'ok'): PictureStep {
  const [step] = pictureOf(makeRecord({ trail: [makeStep(members)], code })).steps;
  if (step === undefined) throw new Error('no step');
  return step;
}

test('a failure is labelled by its status, else by its outcome', () => {
  expect(labelOf(stepOf({ outcome: 'throttled', status: 429 }))).toEqual({
    strong: '429',
    rest: 'rate limited',
    short: '',
  });
  expect(labelOf(stepOf({ outcome: 'silent' }))).toEqual({ strong: 'no answer in time', rest: '', short: '' });
});

test('a skipped entry is labelled with its reason, and an answer with none', () => {
  expect(labelOf(stepOf(makeSkipped({ reason: 'limited' })))).toMatchObject({
    strong: 'skipped',
    rest: 'too little of a limit left',
  });
  expect(labelOf(stepOf({}))).toBeNull();
});

test('an attempt that was cut says by what', () => {
  expect(fateWords(stepOf({ outcome: 'cancelled', reason: 'hedge_lost' }))).toBe('cancelled, too late');
  expect(fateWords(stepOf({ outcome: 'cancelled' }))).toBe('cancelled, client closed');
  expect(fateWords(stepOf({ outcome: 'silent' }, 'deadline_exceeded'))).toBe('cancelled, deadline');
});

test('an answer says how it ended', () => {
  expect(fateWords(stepOf({}), 'whole')).toBe('answered');
  expect(fateWords(stepOf({}), 'open')).toBe('answering');
  expect(fateWords(stepOf({}), 'cut')).toBe('answered, cut off');
  expect(fateWords(stepOf({}), 'failed')).toBe('failed after the commit');
});

test('an answer is labelled with its tokens, and a stream with their rate', () => {
  expect(answerLabel(486, 2379)).toMatchObject({ strong: '486 tokens,', rest: '204 tokens/s' });
  expect(answerLabel(1, null)).toMatchObject({ strong: '1 token', rest: '' });
  expect(answerLabel(null, 100)).toBeNull();
});

test.each([
  [429, 'a 429'],
  [503, 'a 503'],
  [800, 'an 800'],
])('a headline speaks of the status %d as %s', (status, cause) => {
  expect(causeOf(stepOf({ outcome: 'overloaded', status }))).toBe(cause);
});

test('the name of an entry has the number of its key where there is a pool', () => {
  expect(nameOf({ provider: 'groq', model: 'a', key: null })).toBe('groq/a');
  expect(nameOf({ provider: 'groq', model: 'a', key: 2 })).toBe('groq/a #2');
});

test('a clause about several entries is in the plural', () => {
  expect(pluralOf('was skipped with its circuit breaker open')).toBe('were skipped with their circuit breaker open');
  expect(pluralOf('does not know the model')).toBe('do not know the model');
});

test('a span has its unit once where both ends have the same', () => {
  expect(spanWords(39, 219)).toBe('39 to 219 ms');
  expect(spanWords(642, 3021)).toBe('642 ms to 3.02 s');
  expect(spanWords(0, 300)).toBe('0 to 300 ms');
});
