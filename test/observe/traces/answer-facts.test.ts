import { expect, test } from 'vitest';
import { AnswerFacts } from '../../../src/observe/traces/answer-facts.ts';

/** The facts of a stream's events, in order. */
function factsOf(events: readonly object[]): Pick<AnswerFacts, 'id' | 'model' | 'finishReasons'> {
  const facts = new AnswerFacts();
  for (const event of events) facts.readEvent(Buffer.from(JSON.stringify(event)));
  const { id, model, finishReasons } = facts;
  return { id, model, finishReasons };
}

const choice = (index: number, finish: string | null, content = ''): object => ({
  id: 'c-1',
  model: 'gpt',
  choices: [{ index, delta: { content }, finish_reason: finish }],
});

test('a chat stream has a reason for each choice', () => {
  expect(factsOf([choice(0, null, 'a'), choice(1, null, 'b'), choice(0, 'stop'), choice(1, 'length')])).toEqual({
    id: 'c-1',
    model: 'gpt',
    finishReasons: ['stop', 'length'],
  });
});

test('a message has its facts one level down, and its reason at its end', () => {
  const events = [
    { type: 'message_start', message: { id: 'msg_1', model: 'claude', stop_reason: null } },
    { type: 'content_block_delta', delta: { type: 'text_delta', text: 'x' } },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' } },
  ];
  expect(factsOf(events)).toEqual({ id: 'msg_1', model: 'claude', finishReasons: ['end_turn'] });
});

test.each([
  ['response.completed', { status: 'completed' }, 'completed'],
  [
    'response.incomplete',
    { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
    'max_output_tokens',
  ],
])('a response that ends with %s has its facts one level down', (type, end, reason) => {
  const response = { id: 'resp_1', object: 'response', model: 'gpt', status: 'in_progress' };
  const events = [
    { type: 'response.created', response },
    { type, response: { ...response, ...end } },
  ];
  expect(factsOf(events)).toEqual({ id: 'resp_1', model: 'gpt', finishReasons: [reason] });
});

test('words of an answer are no facts', () => {
  const content = '{"id":"no","model":"no","finish_reason":"stop","stop_reason":"end"}';
  expect(factsOf([choice(0, null, content), choice(0, null, content)])).toEqual({
    id: 'c-1',
    model: 'gpt',
    finishReasons: [],
  });
});

test('facts are bounded, and what is no JSON or no object is passed over', () => {
  const facts = new AnswerFacts();
  for (const text of ['[DONE]', '1', 'null', '[]', '{"id":1,"model":{}}']) facts.readEvent(Buffer.from(text));
  facts.read({
    id: 'i'.repeat(5000),
    model: '',
    choices: Array.from({ length: 100 }, () => ({ finish_reason: 'stop' })),
  });
  expect([facts.id?.length, facts.model, facts.finishReasons.length]).toEqual([200, undefined, 16]);
});
