import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DeltaFrame } from '../../../../src/dialects/openai/responses/delta-frame.ts';

interface Delta {
  readonly text: string;
  readonly padding: string;
  readonly number: number;
}

/** An event as OpenAI sends it, one character per byte. `order`: the order of its members. */
function eventOf({ text, padding, number }: Delta, order: readonly string[]): string {
  const members: Readonly<Record<string, unknown>> = {
    type: 'response.output_text.delta',
    sequence_number: number,
    item_id: 'msg_1',
    delta: text,
    logprobs: [],
    obfuscation: padding,
  };
  const data = JSON.stringify(Object.fromEntries(order.map((name) => [name, members[name]])));
  return Buffer.from(`event: response.output_text.delta\ndata: ${data}\n\n`).toString('latin1');
}

const MEMBERS = ['type', 'sequence_number', 'item_id', 'delta', 'logprobs', 'obfuscation'];
const DELTA = fc.record({
  text: fc.string({ unit: 'binary' }),
  padding: fc.string(),
  number: fc.nat(Number.MAX_SAFE_INTEGER),
});
const ORDER = fc.shuffledSubarray(MEMBERS, { minLength: MEMBERS.length });

test('events that differ only in text, padding and number are followed to the last whole one, in any order of members', () => {
  fc.assert(
    fc.property(DELTA, fc.array(DELTA, { minLength: 1 }), ORDER, fc.nat(200), (learned, deltas, order, cut) => {
      const frame = new DeltaFrame();
      frame.learn(eventOf(learned, order));
      const events = deltas.map((each) => eventOf(each, order));
      const whole = events.join('');
      const rest = eventOf(learned, order);
      const text = `${whole}${rest.slice(0, Math.min(cut, rest.length - 1))}`;
      expect(frame.follow(() => text, 0)).toBe(whole.length);
      expect(frame.followed.sequenceNumber).toBe(deltas.at(-1)?.number);
    }),
  );
});

test('nothing is followed before an event is learned, nor one without a text', () => {
  const frame = new DeltaFrame();
  const event = eventOf({ text: 'a', padding: '', number: 1 }, MEMBERS);
  expect(frame.follow(() => event, 0)).toBe(0);
  frame.learn(event.replace('"a"', '1'));
  expect(frame.follow(() => event, 0)).toBe(0);
});

test('frames that no event matches are not learned for ever', () => {
  const frame = new DeltaFrame();
  for (let n = 0; n <= 40; n++)
    frame.learn(eventOf({ text: 'a', padding: '', number: n }, MEMBERS).replace('msg_1', `msg_${n}`));
  const last = eventOf({ text: 'b', padding: '', number: 41 }, MEMBERS).replace('msg_1', 'msg_40');
  expect(frame.follow(() => last, 0)).toBe(0);
});
