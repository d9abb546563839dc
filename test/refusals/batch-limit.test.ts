import { describe, expect, test } from 'vitest';
import { readRefusal } from '../../src/attempt/read-refusal.ts';
import { PLAIN_RULES } from '../../src/domain/limits.ts';
import { readReply } from '../../src/refusals/read.ts';
import { callOf } from '../helpers/call.ts';
import { fakeClock } from '../helpers/clock.ts';
import { targetOf } from '../helpers/target.ts';

const read = (status: number, body: unknown) =>
  readReply({ status, headers: {} }, Buffer.from(JSON.stringify(body)), { rules: PLAIN_RULES, now: 0 });
const inError = (message: string) => ({ error: { message, type: 'invalid_request_error', param: null, code: null } });

describe('the most inputs of a request are read from', () => {
  test.each([
    [
      10,
      400,
      inError(
        '<400> InternalError.Algo.InvalidParameter: Value error, batch size is invalid, it should not be larger than 10.: input.contents',
      ),
    ],
    [25, 400, inError('batch size is invalid, it should not be larger than 25.: payload.input.contents')],
    [64, 413, { code: 20042, message: 'input batch size 136 > maximum allowed batch size 64', data: null }],
    [32, 422, { message: 'batch size 40 > maximum allowed batch size 32', code: 422, type: 'Validation' }],
    [32, 413, { error: 'batch size 40 > maximum allowed batch size 32', error_type: 'Validation' }],
    [96, 400, { message: 'invalid request: total number of texts must be at most 96 - received 97' }],
    [96, 400, inError('maximum batch size 96')],
    [100, 400, [inError('* BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch\n')]],
    [250, 400, inError('250 instance(s) is allowed per prediction. Actual: 300')],
    [2048, 400, inError("'$.input' is invalid. Input array must be 2048 dimensions or less.")],
    [
      2048,
      400,
      inError(
        "Invalid 'input': array too long. Expected an array with maximum length 2048, but got an array with length 2049 instead.",
      ),
    ],
    [
      16,
      400,
      inError('Too many inputs. The max number of inputs is 16.  We hope to increase the number of inputs soon.'),
    ],
    [64, 400, { error: { code: '1214', message: 'input数组最大不得超过64条' } }],
    [128, 400, { detail: "Request to model 'voyage-3' failed. The batch size limit is 128. Your batch size is 129." }],
    [
      32,
      422,
      { detail: [{ type: 'too_long', loc: ['body', 'input'], msg: 'List should have at most 32 items, not 40' }] },
    ],
    [1000, 400, inError('Batch size must be between 1 and 1,000')],
    [10, 400, inError('Batch size exceeds limit (max 10)')],
    [128, 400, inError('Number of input documents (200) exceeds 128')],
    [128, 400, inError('too many inputs: 130 > 128')],
    [96, 400, inError('The input array exceeds the maximum length of 96.')],
  ])('%i in a %i %j', (limit, status, body) => {
    const { learned, scope } = read(status, body);
    expect([learned?.batch, scope]).toEqual([{ limit }, 'request']);
  });

  test.each([
    'Too many inputs in request, split into more batches.',
    'Too many tokens overall, split into more batches.',
    'Batch size too large',
    'Requested 600000 tokens, max 300000 tokens per request',
    "Invalid 'input': maximum request size is 300000 tokens per request.",
    'Please use a smaller batch.',
  ])('a text without their number: %s', (message) => {
    expect(read(400, inError(message)).learned?.batch).toEqual({ limit: undefined });
  });

  test.each([
    [400, "This model's maximum context length is 8192 tokens, however you requested 10000 tokens"],
    [413, '`inputs` must have less than 512 tokens. Given: 1024'],
    [400, 'inputs must have at most 512 tokens. Given: 1024'],
    [400, 'dimensions must be at most 1024'],
    [400, "Invalid 'input[3]': string too long. Expected a string with maximum length 8192"],
    [400, 'input cannot be an empty string'],
    [413, 'Request body too large. Max size is 20 MB.'],
    [400, "Invalid input: 'maximum batch size 2'"],
    [429, 'batch size 40 > maximum allowed batch size 32'],
    [500, 'batch size 40 > maximum allowed batch size 32'],
  ])('no %i %s', (status, message) => {
    expect(read(status, inError(message)).learned?.batch).toBeUndefined();
  });
});

test('nothing is learned from a text that the client’s own input holds', () => {
  const message = 'Cannot embed: Maximum batch size 2';
  const learnedFor = (input: readonly string[]) =>
    readRefusal(
      {
        tools: { clock: fakeClock() },
        options: { call: callOf({ operation: 'embeddings', input: { input } }), target: targetOf() },
        codec: {},
      },
      (options) => readReply({ status: 400, headers: {} }, Buffer.from(JSON.stringify(inError(message))), options),
    ).learned;
  expect(learnedFor(['a', 'b', 'c'])).toEqual({ batch: { limit: 2 } });
  expect(learnedFor(['a', 'What is the maximum  batch size 2?', 'c'])).toBeUndefined();
});
