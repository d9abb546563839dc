import { describe, expect, test } from 'vitest';
import { refusedPart } from '../../src/refusals/refused-part.ts';
import type { ReportedError } from '../../src/domain/provider-error.ts';

const NONE: ReportedError = { message: '', type: null, param: null, code: null, detail: null, status: undefined };
const read = (message: string, own: Partial<ReportedError> = {}) => refusedPart({ ...NONE, message, ...own });

describe('a parameter named in a text', () => {
  test.each([
    ["Unknown parameter: 'seed'.", 'seed'],
    ["Unknown parameter: 'tools[0].bogus'.", 'tools[0].bogus'],
    ['json: unknown field "seed"', 'seed'],
    ['Unrecognized request argument supplied: seed.', 'seed'],
    ['Unrecognized request argument supplied: seed', 'seed'],
    ['body.tools.0.bogus: Extra inputs are not permitted', 'tools.0.bogus'],
    ["Extra inputs are not permitted, field: 'reasoning_effort', value: 'low'", 'reasoning_effort'],
    ["Additional properties are not allowed ('store' was unexpected)", 'store'],
    ["Unrecognized key(s) in object: 'logit_bias'", 'logit_bias'],
    ['Malformed input request: #: extraneous key [logit_bias] is not permitted, please reformat', 'logit_bias'],
    ["groq does not support parameters: ['logprobs'], for model=x", 'logprobs'],
    ['`reasoning_effort` is not supported with this model', 'reasoning_effort'],
    ["[{'type': 'extra_forbidden', 'loc': ('body', 'seed'), 'msg': 'x'}]", 'seed'],
    ["[{'type': 'extra_forbidden', 'loc': ('body', 'tools', 0, 'bogus'), 'msg': 'x'}]", 'tools.0.bogus'],
  ])('%s', (message, name) => {
    const { refusedParameter, matchedText } = read(message);
    expect(refusedParameter).toBe(name);
    expect(matchedText).toHaveLength(1);
    expect(message.toLowerCase()).toContain(matchedText[0]);
  });

  test.each([
    'Unrecognized request argument supplied: tools[0].bogus',
    "Unknown parameter: 'tools",
    `Unknown parameter: '${'x'.repeat(81)}'`,
    "Invalid value: 'tools' is not supported with this model",
  ])('is not read from %s', (message) => {
    expect(read(message).refusedParameter).toBeUndefined();
  });

  test('is used only if the error’s own `param` does not name another', () => {
    const message = "Unsupported parameter: 'tools'";
    expect(read(message, { param: 'tool_choice' }).refusedParameter).toBeUndefined();
    expect(read(message, { param: 'tools[0]' }).refusedParameter).toBe('tools');
    expect(read(message, { param: 'seed', code: 'unknown_parameter' })).toMatchObject({
      refusedParameter: 'seed',
      matchedText: [],
    });
  });
});

test.each([
  ['registry.ollama.ai/library/gemma:2b does not support tools', 'tools'],
  ['This model does not support tool calling.', 'tools'],
  ['"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set', 'tools'],
  ['Function calling is not enabled for models/gemma-3', 'tools'],
  ['This response_format type is unavailable now', 'jsonSchema'],
  ['This model does not support response format `json_schema`. See supported models', 'jsonSchema'],
  ["Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.", 'jsonSchema'],
  ['Invalid content type. image_url is only supported by certain models.', 'images'],
  ['messages[0]: unknown variant `image_url`, expected `text`', 'images'],
  ['Qwen is not a multimodal model', 'images'],
  ['This model does not support image input', 'images'],
  ['At most 0 image(s) may be provided in one prompt.', 'images'],
])('%s: the model lacks %s', (message, capability) => {
  const { missingCapability, matchedText } = read(message);
  expect(missingCapability).toBe(capability);
  expect(message.toLowerCase()).toContain(matchedText.at(-1));
});

describe('a value that another model may take', () => {
  const BOTH = ['max_tokens', 'max_completion_tokens'];
  test.each([
    ['`max_tokens` must be less than or equal to `8192`', {}, BOTH],
    ['max_tokens is too large: 100000. This model supports at most 16384 completion tokens', {}, BOTH],
    ['max_tokens: 100000 > 8192, which is the maximum allowed number of output tokens for claude-3', {}, BOTH],
    ["'n' : number must be at most 1", {}, ['n']],
    ['invalid temperature: only 1 is allowed for this model', {}, ['temperature']],
    ['Penalty is not enabled for models/x', {}, ['penalty', 'frequency_penalty', 'presence_penalty']],
    ['Thinking mode does not support this tool_choice', {}, ['tool_choice']],
    ['Expected a value <= 1, but got 2 instead.', { param: 'temperature' }, ['temperature']],
  ])('%s', (message, own, names) => {
    expect(read(message, own).refusedValues).toEqual(names);
  });

  test.each([
    ['Expected a string with maximum length 64', { param: 'user', code: 'string_above_max_length' }],
    ["Invalid type for 'seed': expected an integer", { param: 'seed' }],
    ['Invalid image', {}],
  ])('is not read from %s', (message, own) => {
    expect(read(message, own).refusedValues).toBeUndefined();
  });
});
