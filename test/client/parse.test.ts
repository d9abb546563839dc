import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import * as mini from 'zod/mini';
import { type AnswerSchema, createClient, SpillwayError } from '../../client/index.ts';
import { chatCompletion, type Reply, responder } from '../../src/testing/index.ts';
import { hitsOf, type Rig, startRig } from '../helpers/gateway.ts';

const HELLO = { model: 'default', messages: [{ role: 'user', content: 'Hello' }] } as const;

const clientOf = ({ url }: Rig) => createClient({ url });

const City = z.object({ name: z.string(), people: z.int().default(0) });
const city = chatCompletion({ content: '{"name":"Bern"}' });
const wrong = chatCompletion({ content: '{"name":7}' });

const sentBy = (rig: Rig, upstream = 0): unknown => JSON.parse(rig.upstreams[upstream]?.hits[0]?.body.toString() ?? '');
const errorOf = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

describe('parse', () => {
  test('returns what the schema makes of the first answer that matches', async () => {
    await using rig = await startRig([wrong, city]);
    const completion = await clientOf(rig).chat.completions.parse({ ...HELLO, schema: City });
    expect(completion.choices[0]?.message).toMatchObject({
      content: '{"name":"Bern"}',
      parsed: { name: 'Bern', people: 0 },
    });
    expect(completion).toMatchObject({ id: 'chatcmpl-scripted', object: 'chat.completion' });
    expect(hitsOf(rig)).toEqual([1, 1]);
  });

  test("sends the JSON schema of what the model has to write, and none of the client's own members", async () => {
    await using rig = await startRig([city]);
    await clientOf(rig).chat.completions.parse({ ...HELLO, schema: City, temperature: 0 });
    expect(sentBy(rig)).toEqual({
      model: 'model-a',
      messages: HELLO.messages,
      temperature: 0,
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'answer', schema: z.toJSONSchema(City, { io: 'input' }) },
      },
    });
  });

  test('sends a name, the strict mode and a JSON schema of the caller', async () => {
    await using rig = await startRig([city]);
    const schema = mini.object({ name: mini.string() });
    const jsonSchema = { type: 'object', properties: { name: { type: 'string' } } };
    const options = { schemaName: 'city', strict: true, jsonSchema };
    const { choices } = await clientOf(rig).chat.completions.parse({ ...HELLO, schema, ...options });
    expect(choices[0]?.message.parsed).toEqual({ name: 'Bern' });
    expect(sentBy(rig)).toMatchObject({
      response_format: { json_schema: { name: 'city', strict: true, schema: jsonSchema } },
    });
  });

  test('rejects with no_valid_answer and the trail where no entry gives one', async () => {
    await using rig = await startRig([wrong, wrong, wrong, city]);
    const { parse } = clientOf(rig).chat.completions;
    const error = await errorOf(parse({ ...HELLO, schema: City, validate: { attempts: 1 } }));
    expect(error).toBeInstanceOf(SpillwayError);
    expect(error).toMatchObject({ code: 'no_valid_answer', status: 422 });
    expect((error as SpillwayError).attempts?.map(({ outcome }) => outcome)).toEqual([
      'invalid_answer',
      'invalid_answer',
    ]);
    expect(hitsOf(rig)).toEqual([1, 1, 0, 0]);
  });

  test('rejects with no_valid_answer and the issues where only the schema itself can know', async () => {
    await using rig = await startRig([city, city]);
    const schema = z.object({ name: z.string().refine((name) => name === 'Basel', 'another city') });
    const error = await errorOf(clientOf(rig).chat.completions.parse({ ...HELLO, schema }));
    expect(error).toMatchObject({
      code: 'no_valid_answer',
      status: undefined,
      message: 'The answer does not match the schema: /name: another city',
      cause: [{ path: ['name'] }],
    });
    expect(hitsOf(rig)).toEqual([1, 0]);
  });

  test('waits for a schema that checks asynchronously', async () => {
    await using rig = await startRig([city]);
    const schema = z.object({ name: z.string() }).refine(async () => Promise.resolve(true));
    const { choices } = await clientOf(rig).chat.completions.parse({ ...HELLO, schema });
    expect(choices[0]?.message.parsed).toEqual({ name: 'Bern' });
  });

  test.each([
    ['a refusal', { content: null, refusal: 'no' }],
    [
      'a call of a tool',
      { content: null, tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '' } }] },
    ],
    ['a call of a function', { content: null, tool_calls: null, function_call: { name: 'f', arguments: '{}' } }],
  ])('%s has nothing parsed', async (_, message) => {
    const body = {
      id: 'x',
      choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: 'stop' }],
    };
    await using rig = await startRig([{ body } satisfies Reply]);
    const { choices } = await clientOf(rig).chat.completions.parse({ ...HELLO, schema: City });
    expect(choices[0]?.message.parsed).toBeNull();
  });

  test('without the check of the gateway, text that is not JSON is no valid answer either', async () => {
    await using rig = await startRig([responder({ content: 'Bern' }), city]);
    const error = await errorOf(clientOf(rig).chat.completions.parse({ ...HELLO, schema: City, validate: null }));
    expect(error).toMatchObject({
      code: 'no_valid_answer',
      message: 'The answer does not match the schema: it is not JSON',
    });
    expect(hitsOf(rig)).toEqual([1, 0]);
  });

  test('a schema without a JSON schema is a TypeError, and one of the gateway’s 400s comes through', async () => {
    await using rig = await startRig([city]);
    const { parse } = clientOf(rig).chat.completions;
    const schema: AnswerSchema<string> = {
      '~standard': { version: 1, vendor: 'own', validate: (value) => ({ value: String(value) }) },
    };
    await expect(parse({ ...HELLO, schema })).rejects.toThrow(TypeError);
    await expect(parse({ ...HELLO, schema, jsonSchema: { contains: {} } })).rejects.toMatchObject({
      code: 'invalid_request',
      param: 'response_format.json_schema.schema',
    });
    expect(hitsOf(rig)).toEqual([0]);
  });

  test('its signal ends the request', async () => {
    await using rig = await startRig([{ head: false, end: 'hang' }]);
    const controller = new AbortController();
    const answer = clientOf(rig).chat.completions.parse({ ...HELLO, schema: City }, { signal: controller.signal });
    await rig.upstreams[0]?.until(({ hits }) => hits.length === 1);
    controller.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
  });
});
