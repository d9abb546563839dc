import { describe, expect, test } from 'vitest';
import { createAnswerStream } from '../../src/attempt/answer-stream.ts';
import type { Answer } from '../../src/attempt/answer.ts';
import { throughStages } from '../../src/chain/stage.ts';
import type { ResponseSettings } from '../../src/config/response-settings.ts';
import { raw } from '../../src/domain/event-stream.ts';
import { createKeptResponses, type KeptResponses } from '../../src/runs/kept-responses.ts';
import { callOf } from '../helpers/call.ts';
import { fakeClock } from '../helpers/clock.ts';
import { principalOf } from '../helpers/principal.ts';
import { openTestScope } from '../helpers/scope.ts';

const ONE = principalOf('one');
const TWO = principalOf('two');
const USAGE = { input: 1, output: 1, source: 'estimated' } as const;
const message = (text: string, id = 'msg_1') => ({
  type: 'message',
  id,
  status: 'completed',
  role: 'assistant',
  content: [{ type: 'output_text', text, annotations: [] }],
});
const saidBy = (text: string) => ({
  type: 'message',
  role: 'assistant',
  content: [{ type: 'output_text', text, annotations: [] }],
});
const user = (content: string) => ({ role: 'user', content });

interface Store {
  readonly kept: KeptResponses;
  readonly clock: ReturnType<typeof fakeClock>;
  settings: ResponseSettings | undefined;
}

function open(settings: ResponseSettings | undefined = { keep: 60_000, memory: 1e6 }): Store {
  const clock = fakeClock();
  const store = { clock, settings };
  return Object.assign(store, { kept: createKeptResponses({ clock, settings: () => store.settings }) });
}

const prepare = ({ kept }: Store, body: object, principal = ONE) =>
  kept.prepare(callOf({ operation: 'responses', input: { model: 'm', ...body } }), principal);

/** What a request for a response sends, and the id of its answer. */
async function answered(store: Store, body: object, output: readonly object[], principal = ONE) {
  const { call, stages } = prepare(store, body, principal);
  const id = call.answerMembers?.id ?? 'resp_provider';
  const value = { id, object: 'response', output };
  const run = throughStages(stages, async (): Promise<Answer> => ({ kind: 'json', value, usage: USAGE, bytes: 1 }));
  await run(call, openTestScope());
  return { id, call, sent: call.body.parse() };
}

describe('a response that continues a kept one', () => {
  test('is sent with all items of the conversation, and names what it continues', async () => {
    const store = open();
    const first = await answered(store, { input: 'Hi' }, [message('Hello.')]);
    const second = await answered(store, { input: [user('And?')], previous_response_id: first.id }, [message('More.')]);
    const third = await answered(store, { input: 'Go on', previous_response_id: second.id, temperature: 1 }, []);
    expect(third.sent).toEqual({
      model: 'm',
      temperature: 1,
      input: [user('Hi'), saidBy('Hello.'), user('And?'), saidBy('More.'), user('Go on')],
    });
    expect(third.call.answerMembers).toEqual({ id: third.id, previous_response_id: second.id, store: true });
    expect(new Set([first.id, second.id, third.id]).size).toBe(3);
    expect(store.kept.find(third.id, ONE)).toMatchObject({ input: [user('Go on')], previous: second.id });
  });

  test('may leave out its own input, and the instructions of the earlier one do not count', async () => {
    const store = open();
    const first = await answered(store, { input: 'Hi', instructions: 'Be short.' }, [message('Hello.')]);
    const { sent } = await answered(store, { previous_response_id: first.id }, []);
    expect(sent).toEqual({ model: 'm', input: [user('Hi'), saidBy('Hello.')] });
  });

  test('is sent with reasoning only where its maker can read it', async () => {
    const store = open();
    const readable = { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'x' }] };
    const output = [readable, { ...readable, id: 'rs_2', encrypted_content: 'sealed' }, message('Hello.')];
    const first = await answered(store, { input: 'Hi' }, output);
    const { sent } = await answered(store, { previous_response_id: first.id }, []);
    const { id: _, ...sealed } = { ...readable, encrypted_content: 'sealed' };
    expect(sent['input']).toEqual([user('Hi'), sealed, saidBy('Hello.')]);
  });

  test('is sent as it is where the other one is not known, and is not kept', async () => {
    const store = open();
    const { id } = await answered(store, { input: 'Hi' }, [message('Hello.')]);
    for (const [body, principal] of [
      [{ input: 'x', previous_response_id: 'resp_other' }, ONE],
      [{ input: 'x', previous_response_id: id }, TWO],
    ] as const) {
      const { call, stages } = prepare(store, body, principal);
      expect([call.body.parse(), call.answerMembers, stages]).toEqual([{ model: 'm', ...body }, undefined, []]);
    }
  });

  test.each([7, {}, true])('is sent as it is where its input is none: %j', async (input) => {
    const store = open();
    const { id } = await answered(store, { input: 'Hi' }, []);
    const body = { input, previous_response_id: id };
    const { call, stages } = prepare(store, body);
    expect([call.body.parse(), stages]).toEqual([{ model: 'm', ...body }, []]);
  });

  test('is unknown as a whole where one of those before is', async () => {
    const store = open();
    const first = await answered(store, { input: 'Hi' }, []);
    const second = await answered(store, { input: 'x', previous_response_id: first.id }, []);
    expect(store.kept.remove(first.id, TWO)).toBe(false);
    expect(store.kept.remove(first.id, ONE)).toBe(true);
    expect(prepare(store, { previous_response_id: second.id }).call.body.has('previous_response_id')).toBe(true);
  });

  test('is not kept with store: false, and is continued all the same', async () => {
    const store = open();
    const first = await answered(store, { input: 'Hi' }, [message('Hello.')]);
    const { call, stages } = prepare(store, { input: 'x', previous_response_id: first.id, store: false });
    expect(call.body.parse()['input']).toEqual([user('Hi'), saidBy('Hello.'), user('x')]);
    expect([call.answerMembers, stages]).toEqual([{ previous_response_id: first.id }, []]);
  });
});

describe('a reference to an item', () => {
  test('becomes the item of a kept response of the same principal', async () => {
    const store = open();
    await answered(store, { input: 'Hi' }, [message('Hello.', 'msg_a')]);
    const input = [user('Hi'), { type: 'item_reference', id: 'msg_a' }, { type: 'item_reference', id: 'msg_b' }];
    const { sent } = await answered(store, { input }, []);
    expect(sent['input']).toEqual([user('Hi'), saidBy('Hello.'), input[2]]);
    expect((await answered(store, { input }, [], TWO)).sent['input']).toEqual(input);
  });

  test('is replaced once, so that a small request cannot become a huge one', async () => {
    const store = open();
    await answered(store, { input: 'Hi' }, [message('x'.repeat(1000), 'msg_a')]);
    const input = Array.from({ length: 100 }, () => ({ type: 'item_reference', id: 'msg_a' }));
    const { sent } = await answered(store, { input }, []);
    expect(sent['input']).toEqual([saidBy('x'.repeat(1000)), ...input.slice(1)]);
  });
});

describe('what is kept', () => {
  const [words, KEEP] = ['x'.repeat(1000), 60_000];

  test('is a stream’s response too, by both faces, once it is complete', async () => {
    for (const face of ['bytes', 'chunks']) {
      const store = open();
      const { call, stages } = prepare(store, { input: 'Hi' });
      const id = call.answerMembers?.id ?? '';
      const answer = createAnswerStream<unknown>({ pause: () => {}, resume: () => {}, cancel: () => {} });
      const run = throughStages(stages, async () => ({ kind: 'stream', stream: answer.stream }));
      const answering = await run(call, openTestScope());
      if (answering.kind !== 'stream') throw new Error('A stream was expected.');
      const event = { type: 'response.completed', response: { id, output: [message('Hello.')] } };
      answer.add(Buffer.from('event: response.created\ndata: {"type":"response.created","response":{}}\n\n'));
      answer.add(Buffer.from(`event: response.completed\ndata: ${JSON.stringify(event)}\n\n`));
      expect(store.kept.find(id, ONE)).toBeUndefined();
      answer.end({ kind: 'complete' });
      if (face === 'chunks') await Array.fromAsync(answering.stream);
      else answering.stream[raw]({ events: () => undefined, end: () => undefined }).resume();
      expect(store.kept.find(id, ONE)?.response).toEqual(event.response);
    }
  });

  test('is nothing without the section, and what was kept is found until it expires', async () => {
    const store = open();
    const { id } = await answered(store, { input: 'Hi' }, []);
    store.settings = undefined;
    expect(prepare(store, { input: 'Hi' }).stages).toEqual([]);
    expect(prepare(store, { previous_response_id: id }).call.body.has('previous_response_id')).toBe(true);
    expect(store.kept.find(id, ONE)).toBeDefined();
    store.clock.advance(KEEP);
    expect(store.kept.find(id, ONE)).toBeUndefined();
  });

  test('expires after its last use, the whole conversation together', async () => {
    const store = open();
    const first = await answered(store, { input: 'Hi' }, []);
    store.clock.advance(KEEP - 1);
    const second = await answered(store, { input: 'x', previous_response_id: first.id }, []);
    store.clock.advance(KEEP - 1);
    expect(store.kept.find(first.id, ONE)).toBeDefined();
    expect(prepare(store, { previous_response_id: second.id }).call.answerMembers).toHaveProperty(
      'previous_response_id',
    );
    store.clock.advance(KEEP);
    expect([store.kept.find(first.id, ONE), store.kept.find(second.id, ONE)]).toEqual([undefined, undefined]);
  });

  test('is bounded by its bytes: the conversation that is unused for longest goes first', async () => {
    const store = open({ keep: KEEP, memory: 7000 });
    const a1 = await answered(store, { input: words }, []);
    const b1 = await answered(store, { input: words }, []);
    const a2 = await answered(store, { input: words, previous_response_id: a1.id }, []);
    const b2 = await answered(store, { input: words, previous_response_id: b1.id }, []);
    await answered(store, { previous_response_id: a2.id, input: words }, []);
    const found = (): boolean[] => [a1, a2, b1, b2].map(({ id }) => store.kept.find(id, ONE) !== undefined);
    expect(found()).toEqual([true, true, true, true]);
    await answered(store, { input: words.repeat(2) }, []);
    expect(found()).toEqual([true, true, false, true]);
  });

  test('is not one that alone is larger than all may be, and nothing goes for it', async () => {
    const store = open({ keep: KEEP, memory: 3000 });
    const small = await answered(store, { input: 'Hi' }, []);
    const large = await answered(store, { input: words.repeat(4) }, []);
    expect(store.kept.find(large.id, ONE)).toBeUndefined();
    expect(store.kept.find(small.id, ONE)).toBeDefined();
  });

  test('frees its bytes where it is removed', async () => {
    const store = open({ keep: KEEP, memory: 3000 });
    for (let n = 0; n < 10; n++) {
      const { id } = await answered(store, { input: words }, []);
      expect(store.kept.remove(id, ONE)).toBe(true);
    }
    const left = await answered(store, { input: words }, []);
    await answered(store, { input: words }, []);
    expect(store.kept.find(left.id, ONE)).toBeDefined();
  });
});
