import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PLAIN } from '../../src/catalog/preset.ts';
import type { Needs } from '../../src/domain/needs.ts';
import type { Reading } from '../../src/domain/reading.ts';
import { createProfiles, type Lesson, sentAs } from '../../src/targets/profiles.ts';
import { targetOf } from '../helpers/target.ts';

const HOUR = 3600_000;
const target = targetOf();
const needs = (own: Partial<Needs> = {}): Needs => ({
  tools: false,
  images: false,
  jsonSchema: false,
  parameters: [],
  inputTokens: 100,
  outputTokens: 0,
  ...own,
});
const refusal = (): Reading => ({
  class: 'bad_request',
  scope: 'request',
  status: 400,
  error: {
    message: 'a secret of who was refused',
    type: 'invalid_request_error',
    param: 'seed',
    code: 'unsupported_parameter',
  },
  observed: [{ window: 'requestsPerMinute', limit: 3 }],
  words: [],
});
const callers = (parameter: string): Lesson => ({ kind: 'callers', parameter, refusal: refusal() });

test('of whom nothing is known, nothing is lacking and nothing left out', () => {
  const profiles = createProfiles();
  const everything = needs({
    tools: true,
    images: true,
    jsonSchema: true,
    parameters: ['seed'],
    inputTokens: 10_000_000,
  });
  expect(profiles.lacks(target, everything, 0)).toBeUndefined();
  expect(profiles.withoutFor(target, 0)).toEqual(new Set());
});

test('what the configuration denies is lacking, and only to who needs it', () => {
  const profiles = createProfiles();
  const bare = targetOf({ capabilities: { tools: false, images: false, jsonSchema: false, contextTokens: 8192 } });
  const lacks = (own: Partial<Needs>) => profiles.lacks(bare, needs(own), 0);
  expect(lacks({})).toBeUndefined();
  expect(lacks({ tools: true })).toEqual({ what: 'tools', refusal: undefined });
  expect(lacks({ images: true })?.what).toBe('images');
  expect(lacks({ jsonSchema: true })?.what).toBe('answers by a schema');
  expect(lacks({ inputTokens: 90_000 })?.what).toBe('a prompt of about 90000 tokens: its context window has 8192');
});

test('a prompt that is merely close is left to the vendor, and so is one with images', () => {
  const profiles = createProfiles();
  profiles.learn(target, { kind: 'context', tokens: 8000, refusal: refusal() }, 0);
  const lacks = (own: Partial<Needs>) => profiles.lacks(target, needs(own), 1)?.what;
  expect(lacks({ inputTokens: 16_000 })).toBeUndefined();
  expect(lacks({ inputTokens: 16_001 })).toMatch(/its context window has 8000$/);
  expect(lacks({ inputTokens: 16_001, images: true })).toBeUndefined();
});

test('a learned parameter is lacking to who sends it, with what is no one’s words of the refusal that taught it', () => {
  const profiles = createProfiles();
  profiles.learn(target, callers('seed'), 0);
  expect(profiles.lacks(target, needs({ parameters: ['top_p'] }), 1)).toBeUndefined();
  const lack = profiles.lacks(target, needs({ parameters: ['top_p', 'seed'] }), 1);
  expect(lack?.what).toBe("parameter 'seed'");
  const { status, error } = refusal();
  expect(lack?.refusal).toEqual({ status, error: { ...error, message: "The model cannot take parameter 'seed'." } });
  expect(profiles.lacks(targetOf({ model: 'n' }), needs({ parameters: ['seed'] }), 1)).toBeUndefined();
  expect(profiles.lacks(targetOf({ account: 'other' }), needs({ parameters: ['seed'] }), 1)).toBeUndefined();
});

test('models that share their limits do not share what they take', () => {
  const profiles = createProfiles();
  profiles.learn(targetOf({ model: 'a', counterKey: 'acc/*' }), callers('seed'), 0);
  expect(profiles.lacks(targetOf({ model: 'b', counterKey: 'acc/*' }), needs({ parameters: ['seed'] }), 1)).toBe(
    undefined,
  );
});

test('parameters are known by the names that are sent: renamed ones count, those taken out do not', () => {
  const quirks = {
    ...PLAIN,
    streamOptions: false,
    rejects: ['logit_bias'],
    renames: { max_tokens: 'max_completion_tokens' },
  };
  const mended = targetOf({ quirks });
  expect(['seed', 'max_tokens', 'logit_bias', 'stream_options'].map((field) => sentAs(mended, field))).toEqual([
    'seed',
    'max_completion_tokens',
    undefined,
    undefined,
  ]);
  const profiles = createProfiles();
  for (const parameter of ['max_completion_tokens', 'logit_bias', '']) profiles.learn(mended, callers(parameter), 0);
  expect(profiles.lacks(mended, needs({ parameters: ['max_tokens'] }), 1)?.what).toBe("parameter 'max_tokens'");
  expect(profiles.lacks(mended, needs({ parameters: ['logit_bias'] }), 1)).toBeUndefined();
});

test('each lesson is forgotten after an hour of its own, and all of them when told', () => {
  const profiles = createProfiles();
  profiles.learn(target, { kind: 'ours', parameter: 'stream_options' }, 0);
  profiles.learn(target, callers('seed'), 1000);
  profiles.learn(target, { kind: 'context', tokens: 100, refusal: refusal() }, 2000);
  const known = (now: number) => [
    profiles.withoutFor(target, now).has('stream_options'),
    profiles.lacks(target, needs({ parameters: ['seed'] }), now)?.what,
    profiles.lacks(target, needs({ inputTokens: 201 }), now) !== undefined,
  ];
  expect(known(HOUR - 1)).toEqual([true, "parameter 'seed'", true]);
  expect(known(HOUR)).toEqual([false, "parameter 'seed'", true]);
  expect(known(HOUR + 1000)).toEqual([false, undefined, true]);
  expect(known(HOUR + 2000)).toEqual([false, undefined, false]);
  profiles.learn(target, callers('seed'), 0);
  profiles.forget();
  expect(known(1)).toEqual([false, undefined, false]);
});

test('a lesson that is taught again lasts from then on', () => {
  const profiles = createProfiles();
  profiles.learn(target, callers('seed'), 0);
  profiles.learn(target, callers('seed'), HOUR - 1);
  expect(profiles.lacks(target, needs({ parameters: ['seed'] }), HOUR + 1)).toBeDefined();
});

test('of parameters and of models the latest are kept', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), (many) => {
      const profiles = createProfiles();
      const names = Array.from({ length: many }, (_, n) => `p${n}`);
      for (const name of names) profiles.learn(target, callers(name), 0);
      const kept = names.filter((name) => profiles.lacks(target, needs({ parameters: [name] }), 1) !== undefined);
      expect(kept).toEqual(names.slice(-64));
    }),
    { numRuns: 20 },
  );
  const profiles = createProfiles();
  for (let n = 0; n <= 10_000; n++) profiles.learn(targetOf({ model: `m${n}` }), callers('seed'), 0);
  const lacks = (model: string) => profiles.lacks(targetOf({ model }), needs({ parameters: ['seed'] }), 1);
  expect([lacks('m0'), lacks('m1')?.what, lacks('m10000')?.what]).toEqual([
    undefined,
    "parameter 'seed'",
    "parameter 'seed'",
  ]);
});

test('long words are cut, and long names not remembered', () => {
  const profiles = createProfiles();
  const long = 'x'.repeat(10_000);
  const { error, ...rest } = refusal();
  profiles.learn(
    target,
    { kind: 'callers', parameter: 'seed', refusal: { ...rest, error: { ...error, code: long } } },
    0,
  );
  profiles.learn(target, callers(long), 0);
  expect(profiles.lacks(target, needs({ parameters: ['seed'] }), 1)?.refusal?.error.code).toHaveLength(500);
  expect(profiles.lacks(target, needs({ parameters: [long] }), 1)).toBeUndefined();
});

test('what a model has said that it cannot do is lacking to who needs it, for an hour', () => {
  for (const capability of ['tools', 'images', 'jsonSchema'] as const) {
    const profiles = createProfiles();
    profiles.learn(target, { kind: 'capability', capability, refusal: refusal() }, 0);
    expect(profiles.lacks(target, needs(), 1)).toBeUndefined();
    const lack = profiles.lacks(target, needs({ [capability]: true }), HOUR - 1);
    expect(lack?.refusal?.error).toMatchObject({
      code: 'unsupported_parameter',
      message: `The model cannot take ${lack?.what}.`,
    });
    expect(profiles.lacks(target, needs({ [capability]: true }), HOUR)).toBeUndefined();
    expect(profiles.lacks(targetOf({ model: 'n' }), needs({ [capability]: true }), 1)).toBeUndefined();
  }
});

test('no window is smaller than the largest prompt that was answered, before it was told or after', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 50_000 })), fc.nat(20), (prompts, before) => {
      const profiles = createProfiles();
      for (const prompt of prompts.slice(0, before)) profiles.served(target, prompt);
      profiles.learn(target, { kind: 'context', tokens: 1000, refusal: refusal() }, 0);
      for (const prompt of prompts.slice(before)) profiles.served(target, prompt);
      const window = Math.max(1000, ...prompts);
      expect(profiles.lacks(target, needs({ inputTokens: 2 * window }), 1)).toBeUndefined();
      expect(profiles.lacks(target, needs({ inputTokens: 2 * window + 1 }), 1)).toBeDefined();
    }),
  );
  const profiles = createProfiles();
  profiles.served(target, 10);
  expect(profiles.lacks(target, needs({ inputTokens: 10_000_000 }), 1)).toBeUndefined();
});
