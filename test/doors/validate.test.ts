import { describe, expect, test } from 'vitest';
import type { ChatInput } from '../../src/domain/chat.ts';
import { chunk, openaiError, type Reply, responder, type Script, sse } from '../../src/testing/index.ts';
import { fakeClock } from '../helpers/clock.ts';
import { API_DOORS, textOf } from '../helpers/doors.ts';
import { hitsOf, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const SCHEMA = {
  type: 'object',
  properties: { n: { type: 'integer' } },
  required: ['n'],
  additionalProperties: false,
} as const;
const FORMAT = { type: 'json_schema', json_schema: { name: 'number', schema: SCHEMA } } as const;
const CHECKED: ChatInput = { ...HELLO, response_format: FORMAT, validate: {} };
const VALID = '{ "n": 7 }';
const STREAM = { 'content-type': 'text/event-stream' };

const valid = responder({ content: VALID });
const invalid = responder({ content: '{ "n": "seven" }' });

/** Whole answers that are not delivered. */
const INVALID: Readonly<Record<string, Script>> = {
  'text that is not JSON': responder({ content: 'The number is 7.' }),
  'JSON in a fence of Markdown': responder({ content: '```json\n{ "n": 7 }\n```' }),
  'JSON of another type': invalid,
  'JSON without a required property': responder({ content: '{}' }),
  'JSON that was cut by its length': responder({ content: '{ "n": ', finishReason: 'length' }),
  'an empty answer': responder({ content: '' }),
  'a list with an empty call of a tool': messageOf({ content: null, tool_calls: [] }),
};

/** A message in the form that a request wants. */
function messageOf(message: object, finish = 'stop'): Script {
  return ({ body }): Reply => {
    const { stream } = JSON.parse(body.toString()) as { stream?: boolean };
    const delta = JSON.parse(JSON.stringify(message).replace('[{', '[{"index":0,')) as object;
    if (stream === true)
      return {
        headers: STREAM,
        chunks: [chunk({ delta: { role: 'assistant', ...delta } }), chunk({ finish }), sse('[DONE]')],
      };
    return {
      body: { id: 'x', choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: finish }] },
    };
  };
}

/** Two choices, of which the first is valid. */
const twoChoices =
  (second: string): Script =>
  ({ body }) => {
    const texts = [VALID, second];
    if ((JSON.parse(body.toString()) as { stream?: boolean }).stream === true) {
      const chunks = texts.map((content, index) => chunk({ delta: { content }, index, finish: 'stop' }));
      return { headers: STREAM, chunks: [...chunks, sse('[DONE]')] };
    }
    const choices = texts.map((content, index) => ({ index, message: { content }, finish_reason: 'stop' }));
    return { body: { id: 'x', choices } };
  };

describe.each(Object.entries(API_DOORS))('%s', (_, door) => {
  describe.each(['create', 'stream'] as const)('%s', (way) => {
    test.each(Object.entries(INVALID))('%s fails over to the next entry', async (__, first) => {
      await using rig = await startRig([first, valid]);
      const result = await door[way](rig, CHECKED);
      expect(result.code).toBe('ok');
      expect(way === 'create' ? result.value?.choices[0]?.message.content : textOf(result)).toBe(VALID);
      expect(hitsOf(rig)).toEqual([1, 1]);
      const { trail } = await rig.ended();
      expect(trail).toMatchObject([{ outcome: 'invalid_answer', status: 200 }, { outcome: 'answered' }]);
    });

    test('no provider receives `validate`, and everything else as it was sent', async () => {
      await using rig = await startRig([invalid, valid]);
      await door[way](rig, CHECKED);
      for (const { hits } of rig.upstreams) {
        const sent = JSON.parse(hits[0]?.body.toString() ?? '') as object;
        expect(sent).toMatchObject({ response_format: FORMAT });
        expect(sent).not.toHaveProperty('validate');
      }
    });

    test('an answer that matches is delivered as it is without a check', async () => {
      await using rig = await startRig([valid]);
      const { validate: _validate, ...unchecked } = CHECKED;
      expect(await door[way](rig, CHECKED)).toEqual(await door[way](rig, unchecked));
    });

    test.each([
      ['a refusal', messageOf({ content: null, refusal: 'I cannot say.' })],
      [
        'calls of tools',
        messageOf(
          { content: null, tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }] },
          'tool_calls',
        ),
      ],
      ['JSON that ends with its length', responder({ content: VALID, finishReason: 'length' })],
      [
        'content in parts',
        messageOf({
          content: [
            { type: 'text', text: '{"n":' },
            { type: 'text', text: '1}' },
          ],
        }),
      ],
    ])('%s is a valid answer', async (__, first) => {
      await using rig = await startRig([first, valid]);
      expect((await door[way](rig, CHECKED)).code).toBe('ok');
      expect(hitsOf(rig)).toEqual([1, 0]);
    });

    test('every choice has to match', async () => {
      await using rig = await startRig([twoChoices('{}'), twoChoices('{"n":8}')]);
      expect((await door[way](rig, { ...CHECKED, n: 2 })).code).toBe('ok');
      expect(hitsOf(rig)).toEqual([1, 1]);
      expect((await rig.ended()).trail[0]?.message).toBe("choices[1].message.content: lacks the required property 'n'");
    });

    test.each([
      ['two further entries', {}, [1, 1, 1, 0]],
      ['as many as the request wants', { attempts: 1 }, [1, 1, 0, 0]],
      ['none', { attempts: 0 }, [1, 0, 0, 0]],
      ['as many as there are', { attempts: 10 }, [1, 1, 1, 1]],
    ])('after %s without a match the request ends with no_valid_answer', async (__, validate, hits) => {
      await using rig = await startRig([invalid, invalid, invalid, invalid]);
      const result = await door[way](rig, { ...CHECKED, validate });
      const attempts = hits.filter((each) => each === 1).length;
      expect(result).toMatchObject({ status: 422, code: 'no_valid_answer', attempts, chunks: [], value: undefined });
      expect(result.error?.message).toBe(
        `No entry gave an answer that matches the schema: ${attempts} invalid_answer.`,
      );
      expect(hitsOf(rig)).toEqual(hits);
    });

    test('other failures do not count, and are no retry of an entry that gave an invalid answer', async () => {
      await using rig = await startRig([invalid, openaiError(503, 'busy'), openaiError(429, 'slow'), valid]);
      expect((await door[way](rig, { ...CHECKED, validate: { attempts: 1 } })).code).toBe('ok');
      expect(hitsOf(rig)).toEqual([1, 1, 1, 1]);
      await using down = await startRig([invalid, openaiError(400, 'refused'), openaiError(503, 'busy')], {
        chain: { queue: { maxWait: '50ms', maxSize: 1 }, retry: { overloaded: 1, backoff: '1ms' } },
      });
      expect((await door[way](down, CHECKED)).code).toBe('no_valid_answer');
      expect(hitsOf(down).slice(0, 2)).toEqual([1, 1]);
    });

    test('an entry that gave an invalid answer is not waited for in the queue', async () => {
      await using rig = await startRig([invalid], {
        clock: fakeClock(),
        providers: { a: { limits: { requestsPerMinute: 1 } } },
        chain: { queue: { maxWait: '90s', maxSize: 5 }, deadline: '3m' },
      });
      expect((await door[way](rig, CHECKED)).code).toBe('no_valid_answer');
      expect(hitsOf(rig)).toEqual([1]);
    });

    test('what invalid answers cost is settled, and the health of their entry is as it was', async () => {
      await using rig = await startRig([invalid, valid]);
      for (let n = 0; n < 12; n++) expect((await door[way](rig, CHECKED)).code).toBe('ok');
      expect(hitsOf(rig)).toEqual([12, 12]);
      const ended = await rig.ended(11);
      expect(ended).toMatchObject({ provider: 'b', usage: { input: 18, output: 24, source: 'provider' } });
      expect(ended.trail).toMatchObject([{ usage: { input: 9, output: 12 } }, { usage: { input: 9, output: 12 } }]);
      const { data } = await rig.gateway.caller.chains.explain(CHECKED);
      expect(data.map(({ action }) => action)).toEqual(['try', 'try']);
    });

    test.each([
      ['validate', { validate: true }],
      ['validate.attempts', { validate: { attempts: 11 } }],
      ['validate.attempts', { validate: { attempts: 0.5 } }],
      ['response_format', { response_format: undefined }],
      ['response_format', { response_format: { type: 'json_object' } }],
      ['response_format.json_schema.name', { response_format: { type: 'json_schema', json_schema: { schema: {} } } }],
      ['response_format.json_schema.schema', { response_format: { type: 'json_schema', json_schema: { name: 'x' } } }],
      [
        'response_format.json_schema.schema',
        { response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { contains: {} } } } },
      ],
    ])('a wrong %s is a 400 before anything is sent', async (param, wrong) => {
      await using rig = await startRig([valid]);
      const result = await door[way](rig, { ...CHECKED, ...wrong } as ChatInput);
      expect(result).toMatchObject({ status: 400, code: 'invalid_request', error: { param } });
      expect(hitsOf(rig)).toEqual([0]);
    });

    test('null is no check', async () => {
      await using rig = await startRig([responder({ content: 'x' })]);
      expect((await door[way](rig, { ...HELLO, validate: null })).code).toBe('ok');
      expect(rig.upstreams[0]?.hits[0]?.body.toString()).not.toContain('validate');
    });
  });
});
