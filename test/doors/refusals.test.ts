import { describe, expect, test } from 'vitest';
import type { ChatInput } from '../../src/domain/chat.ts';
import {
  chatCompletion,
  chatStream,
  fieldsOf,
  openaiError,
  type Reply,
  type Script,
  sse,
} from '../../src/testing/index.ts';
import { casesThrough, DOORS, textOf } from '../helpers/doors.ts';
import { hitsOf, type RigOptions, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { DONE, JSON_TYPE, ROLE, STOP, STREAM } from './replies.ts';

/** An entry that answers with this text, as a stream where one is requested. */
const answering =
  (content: string): Script =>
  (request) =>
    fieldsOf(request)['stream'] === true ? chatStream({ content }) : chatCompletion({ content });

/** The same error inside a 200: as JSON, or as the first event of a stream. */
const inAnswer =
  (error: object): Script =>
  (request) =>
    fieldsOf(request)['stream'] === true ? { headers: STREAM, chunks: [sse({ error })] } : { body: { error } };

const refusing = (message: string, own: object = {}, status = 400): Reply => ({
  status,
  body: { error: { message, type: 'invalid_request_error', param: null, code: null, ...own } },
});
const page = (status: number): Reply => ({
  status,
  headers: { 'content-type': 'text/html' },
  body: `<html><head><title>${status}</title></head><body><center>nginx</center></body></html>`,
});
const line = (status: number, body: string): Reply => ({ status, headers: { 'content-type': 'text/plain' }, body });

const CALL = { id: 'call_A1b2C3d4E5f6G7h8', type: 'function', function: { name: 'look', arguments: '{}' } } as const;
const TOOLS = [
  { type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } },
] as const;
const HISTORY: ChatInput = {
  messages: [
    { role: 'user', content: 'Look.' },
    { role: 'assistant', content: null, tool_calls: [CALL] },
    { role: 'tool', tool_call_id: CALL.id, content: 'a cat' },
  ],
  tools: TOOLS,
};
const IMAGE: ChatInput = {
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What?' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
      ],
    },
  ],
};

interface Refused {
  readonly first: Reply | Script;
  readonly input?: ChatInput;
  readonly outcome?: string;
}

/** Refusals by a first entry of a request that a second entry takes. */
const TAKEN_BY_ANOTHER: Readonly<Record<string, Refused>> = {
  'a tool call id of another provider (mnfst/llm-gateway#1182)': {
    first: {
      status: 400,
      body: {
        object: 'error',
        message: 'Tool call id was call_A1b2C3d4E5f6G7h8 but must be a-z, A-Z, 0-9, with a length of 9.',
        type: 'invalid_function_call',
        param: null,
        code: '3280',
        raw_status_code: 400,
      },
    },
    input: HISTORY,
    outcome: 'refused',
  },
  'reasoning that is missing from the conversation (mnfst/llm-gateway#2219)': {
    first: refusing('The `reasoning_content` in the thinking mode must be passed back to the API.', {
      code: 'invalid_request_error',
    }),
    input: HISTORY,
    outcome: 'refused',
  },
  'a missing thought signature': {
    first: {
      status: 400,
      body: [
        {
          error: {
            code: 400,
            message: 'Function call is missing a thought_signature in functionCall parts.',
            status: 'INVALID_ARGUMENT',
          },
        },
      ],
    },
    input: HISTORY,
  },
  'two sampling parameters at once (ragflow#11815)': {
    first: {
      status: 400,
      body: {
        type: 'error',
        error: {
          type: 'invalid_request_error',
          message: '`temperature` and `top_p` cannot both be specified for this model. Please use only one.',
        },
        request_id: 'req_1',
      },
    },
    input: { ...HELLO, temperature: 0.2, top_p: 0.4 },
  },
  'a temperature above 1': {
    first: refusing('temperature: range: 0..1', { param: 'temperature' }),
    input: { ...HELLO, temperature: 1.4 },
  },
  'a role in the middle of the conversation': { first: refusing('messages: Unexpected role "system".') },
  'a prefilled answer': { first: refusing('This model does not support assistant message prefill.') },
  'a schema with a keyword that is not supported': {
    first: refusing("Invalid schema for response_format 'x': 'minItems' is not permitted.", {
      param: 'response_format',
    }),
    input: { ...HELLO, response_format: { type: 'json_schema', json_schema: {} } },
  },
  'an image for a model of texts (tashfeenahmed/freellmapi#153)': {
    first: refusing('messages[0].content must be a string'),
    input: { ...IMAGE, max_tokens: 128_000, temperature: 1.2 },
    outcome: 'refused',
  },
  'a window in other words (kind of BerriAI/litellm#10793)': {
    first: refusing('Invalid request: Your request exceeded model token limit: 262144 (requested: 300000)'),
    outcome: 'unsuited',
  },
  'an account that is out of money, in a 400': {
    first: refusing('Access denied, please make sure your account is in good standing.', { code: 'Arrearage' }),
    outcome: 'exhausted',
  },
  'a model that is unknown, by a number': {
    first: refusing('模型不存在，请检查模型代码。', { code: '1211' }),
    outcome: 'unknown_model',
  },
  'a 422 without a word that is known': { first: refusing('Nope.', {}, 422), outcome: 'refused' },
  'an error of another status, with an error of the provider': { first: refusing('Nope.', {}, 418) },
  'a 403 about this prompt': {
    first: refusing('Request blocked: prompt injection detected', {}, 403),
    outcome: 'refused',
  },
  'a page with status 400 (mxyhi/token_proxy#126)': { first: page(400), outcome: 'overloaded' },
  ...Object.fromEntries(
    [406, 411, 414, 416, 417, 418, 421, 422, 423, 426, 428, 431, 444, 449, 450, 451, 460, 494, 495, 497].flatMap(
      (status) => [
        [`a page with status ${status}`, { first: page(status), outcome: 'overloaded' }],
        [`a line of a proxy with status ${status}`, { first: line(status, 'Bad Request'), outcome: 'overloaded' }],
      ],
    ),
  ),
  'an empty body with status 400': { first: { status: 400, body: '' }, outcome: 'overloaded' },
  'a context error as a 500 (ggml-org/llama.cpp#15780)': {
    first: {
      status: 500,
      body: { error: { code: 500, message: 'Context size has been exceeded.', type: 'server_error' } },
    },
    outcome: 'unsuited',
  },
  'an image without a projector as a 500': {
    first: refusing(
      'image input is not supported - hint: you may need to provide the mmproj',
      { type: 'server_error' },
      500,
    ),
    input: IMAGE,
    outcome: 'unsuited',
  },
  'an error inside a 200 that says 400': {
    first: inAnswer({ code: 400, message: 'This role is not known here.' }),
    outcome: 'refused',
  },
  'an error inside a 200 of a type that means 400': {
    first: inAnswer({ type: 'invalid_request_error', message: 'This role is not known here.' }),
    outcome: 'refused',
  },
  'an error of another shape': {
    first: { status: 400, body: { base_resp: { status_code: 2013, status_msg: 'invalid params' } } },
    outcome: 'refused',
  },
  'a refusal as the event of a stream': {
    first: { status: 400, headers: STREAM, body: 'data: {"error":{"message":"No such role."}}\n\n' },
    outcome: 'refused',
  },
  'a refusal behind a comment': {
    first: { status: 400, headers: JSON_TYPE, body: ': PROCESSING\n\n{"error":{"message":"No such role."}}' },
    outcome: 'refused',
  },
  'a 404 about a file': { first: refusing('File not found', {}, 404), outcome: 'refused' },
  'a 500 whose error says 400': { first: refusing('odd', { code: 400 }, 500), outcome: 'unsuited' },
  'a word of prose that is a field’s name too': {
    first: refusing('Please stop sending system messages'),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the input is wrong on purpose
    input: { ...HELLO, stop: 5 } as never,
    outcome: 'refused',
  },
  'an error inside a 200 that says 429': {
    first: inAnswer({ code: 429, message: 'Slow down.' }),
    outcome: 'throttled',
  },
};

/** Requests that the only entry refuses: what the client receives after one attempt. */
const ALONE: Readonly<
  Record<string, { readonly first: Reply | Script; readonly status: number; readonly message: string }>
> = {
  'a refusal': { first: refusing('No such role.', {}, 422), status: 422, message: 'No such role.' },
  'an error inside a 200 that says 400 (experientiallabs/experiential#830)': {
    first: inAnswer({ code: 400, message: "Invalid value: 'foo' for parameter 'bar'.", type: 'invalid_request_error' }),
    status: 400,
    message: "Invalid value: 'foo' for parameter 'bar'.",
  },
  'a problem of the request as a 500': {
    first: {
      status: 500,
      body: { error: { code: 500, message: 'Context size has been exceeded.', type: 'server_error' } },
    },
    status: 400,
    message: 'Context size has been exceeded.',
  },
  'a conversation that a chat template does not take, as a 500': {
    first: refusing(
      'Conversation roles must alternate user/assistant/user/assistant/...',
      { type: 'server_error' },
      500,
    ),
    status: 400,
    message: 'Conversation roles must alternate user/assistant/user/assistant/...',
  },
};

/** Mistakes that the API's own schema confirms: the field that the provider names is wrong. */
const CLIENTS_MISTAKES: Readonly<Record<string, { readonly error: object; readonly input: object }>> = {
  'a content that is a number (router-for-me/CLIProxyAPI#4911)': {
    error: {
      message:
        "Invalid type for 'messages[0].content': expected one of a string or array of objects, but got an integer instead.",
      param: 'messages[0].content',
      code: 'invalid_type',
    },
    input: { messages: [{ role: 'user', content: 5 }] },
  },
  'the same in pydantic’s words': {
    error: { message: "[{'loc': ('body',), 'msg': 'messages.0.user.content.str: Input should be a valid string'}]" },
    input: { messages: [{ role: 'user', content: 5 }] },
  },
  'a temperature that is a text': {
    error: { message: 'temperature: Input should be a valid number' },
    input: { ...HELLO, temperature: 'hot' },
  },
  'a tool without a name': {
    error: { message: "Missing required parameter: 'tools[0].function.name'.", param: 'tools[0].function.name' },
    input: { ...HELLO, tools: [{ type: 'function', function: {} }] },
  },
};

describe.each(Object.entries(DOORS))('%s', (name, door) => {
  describe.each(['create', 'stream'] as const)('%s', (way) => {
    test.each(casesThrough(name, TAKEN_BY_ANOTHER))(
      'the next entry answers after %s',
      async (_, { first, input, outcome }) => {
        await using rig = await startRig([first, answering('second')]);
        const result = await door[way](rig, input ?? HELLO);
        expect([result.code, result.value?.choices[0]?.message.content ?? textOf(result)]).toEqual(['ok', 'second']);
        expect(hitsOf(rig)).toEqual([1, 1]);
        const [step] = (await rig.ended()).trail;
        if (outcome !== undefined) expect(step?.outcome).toBe(outcome);
      },
    );

    test.each(casesThrough(name, ALONE))('%s is returned after one attempt', async (_, { first, status, message }) => {
      await using rig = await startRig([first]);
      expect(await door[way](rig, HELLO)).toMatchObject({ status, message, attempts: 1 });
      expect(hitsOf(rig)).toEqual([1]);
    });

    test.each(casesThrough(name, CLIENTS_MISTAKES))('%s is returned at once', async (_, { error, input }) => {
      await using rig = await startRig([refusing('', error), answering('second')]);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the input is wrong on purpose
      expect(await door[way](rig, input as ChatInput)).toMatchObject({ status: 400, attempts: 1 });
      expect(hitsOf(rig)).toEqual([1, 0]);
      expect((await rig.ended()).trail).toMatchObject([{ outcome: 'invalid_request' }]);
    });

    test.each([
      'Your prompt was rejected because it may violate our usage guidelines.',
      'Blocked by our safety system.',
      'This request did not pass moderation.',
      'The prompt breaks our acceptable use policy.',
    ])('a content filter ends the chain: %s', async (message) => {
      await using rig = await startRig([refusing(message), answering('second')]);
      expect(await door[way](rig, HELLO)).toMatchObject({ status: 400, message, attempts: 1 });
      expect(hitsOf(rig)).toEqual([1, 0]);
    });

    test('an entry that may recover is a 503, whatever another has refused', async () => {
      await using rig = await startRig([openaiError(429, 'slow'), refusing('No.')]);
      expect(await door[way](rig, HELLO)).toMatchObject({ status: 503, code: 'all_providers_exhausted', attempts: 2 });
    });

    test('the refusal goes back before that of an entry that is unsuited', async () => {
      await using rig = await startRig([openaiError(413, 'Request too large'), refusing('No.')]);
      expect(await door[way](rig, HELLO)).toMatchObject({ status: 400, message: 'No.', attempts: 2 });
    });

    test('onRefused: stop returns the first refusal', async () => {
      await using rig = await startRig([refusing('No.'), answering('second')], { chain: { onRefused: 'stop' } });
      expect(await door[way](rig, HELLO)).toMatchObject({ status: 400, message: 'No.', attempts: 1 });
      expect(hitsOf(rig)).toEqual([1, 0]);
    });
  });

  test.each([
    {},
    { code: '', message: '' },
    { code: 0, message: null, metadata: { x: null } },
    { code: 200, message: 'OK' },
    [],
    '',
    'None',
  ])('an error of %j beside an answer is none', async (error) => {
    const { body } = chatCompletion({ content: 'Hi' }) as { body: object };
    const whole = await startRig([{ body: { ...body, error } }]);
    await using _whole = whole;
    expect((await door.create(whole, HELLO)).value?.choices[0]?.message.content).toBe('Hi');
    const chunk = { id: 'x', choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: null }], error };
    await using streamed = await startRig([{ headers: STREAM, chunks: [ROLE, sse(chunk), STOP, DONE] }]);
    expect(textOf(await door.stream(streamed, HELLO))).toBe('Hi');
  });
});

async function outcomeOf(own: RigOptions['provider'], first: Reply) {
  await using rig = await startRig([first, answering('second')], { provider: { ...own } });
  await DOORS['REST over HTTP']!.create(rig, HELLO);
  return (await rig.ended()).trail[0]?.outcome;
}

describe('an operator’s own rules for refusals', () => {
  test.each([
    ['by status', [{ status: 418, as: 'no_money' }], refusing('Out of tea.', {}, 418), 'exhausted'],
    ['by one of several statuses', [{ status: [400, 418], as: 'rate_limited' }], refusing('No.'), 'throttled'],
    ['by code', [{ status: 400, code: 'E_42', as: 'model_gone' }], refusing('No.', { code: 'e_42' }), 'unknown_model'],
    ['by words', [{ status: 400, words: 'come BACK', as: 'overloaded' }], refusing('Come back later.'), 'overloaded'],
    ['and stops the chain', [{ status: 400, as: 'invalid_request' }], refusing('No.'), 'invalid_request'],
    ['but not with another status', [{ status: 422, as: 'no_money' }], refusing('No.'), 'refused'],
    [
      'but not with another code',
      [{ status: 400, code: 'x', as: 'no_money' }],
      refusing('No.', { code: 'xy' }),
      'refused',
    ],
    ['but not without its words', [{ status: 400, words: 'tea', as: 'no_money' }], refusing('No.'), 'refused'],
  ] as const)('reads a refusal %s', async (_, refusals, first, outcome) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the configuration takes a mutable list
    expect(await outcomeOf({ refusals: refusals as never }, first)).toBe(outcome);
  });

  test('are not applied to words that the request itself holds', async () => {
    const refusals = [{ status: 400, words: 'hello', as: 'no_money' as const }];
    await using rig = await startRig([refusing('Hello is not a question.'), answering('second')], {
      provider: { refusals },
    });
    const input: ChatInput = { messages: [{ role: 'user', content: 'Hello' }] };
    for (let n = 0; n < 2; n++) expect((await DOORS['REST over HTTP']!.create(rig, input)).code).toBe('ok');
    expect(hitsOf(rig)).toEqual([2, 2]);
  });
});
