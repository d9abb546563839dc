import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_QUIRKS } from '../../src/catalog/preset.ts';
import type { Needs } from '../../src/domain/needs.ts';
import type { Reading } from '../../src/domain/reading.ts';
import { createProfiles, type ProfileFact, sentAs } from '../../src/targets/profiles.ts';
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
    message: 'a secret of the refused client',
    type: 'invalid_request_error',
    param: 'seed',
    code: 'unsupported_parameter',
  },
  observed: [{ window: 'requestsPerMinute', limit: 3 }],
  matchedText: [],
});
const refused = (parameter: string): ProfileFact => ({ kind: 'parameter', parameter, refusal: refusal() });

test('an unknown target lacks nothing and has no refused additions', () => {
  const profiles = createProfiles();
  const everything = needs({
    tools: true,
    images: true,
    jsonSchema: true,
    parameters: ['seed'],
    inputTokens: 10_000_000,
  });
  expect(profiles.lackOf(target, everything, 0)).toBeUndefined();
  expect(profiles.refusedAdditions(target, 0)).toEqual(new Set());
});

test('a capability that is configured as false is a lack for the requests that need it', () => {
  const profiles = createProfiles();
  const bare = targetOf({ capabilities: { tools: false, images: false, jsonSchema: false, contextTokens: 8192 } });
  const lacks = (own: Partial<Needs>) => profiles.lackOf(bare, needs(own), 0);
  expect(lacks({})).toBeUndefined();
  expect(lacks({ tools: true })).toEqual({ what: 'tools', refusal: undefined });
  expect(lacks({ images: true })?.what).toBe('images');
  expect(lacks({ jsonSchema: true })?.what).toBe('structured outputs');
  expect(lacks({ inputTokens: 90_000 })?.what).toBe('a prompt of about 90000 tokens (context window: 8192)');
});

test('a prompt up to twice the context window is sent, and so is any prompt with images', () => {
  const profiles = createProfiles();
  profiles.learn(target, { kind: 'context', tokens: 8000, refusal: refusal() }, 0);
  const lacks = (own: Partial<Needs>) => profiles.lackOf(target, needs(own), 1)?.what;
  expect(lacks({ inputTokens: 16_000 })).toBeUndefined();
  expect(lacks({ inputTokens: 16_001 })).toMatch(/\(context window: 8000\)$/);
  expect(lacks({ inputTokens: 16_001, images: true })).toBeUndefined();
});

test('a refused parameter is a lack for requests that send it, shown with the refusal without its message', () => {
  const profiles = createProfiles();
  profiles.learn(target, refused('seed'), 0);
  expect(profiles.lackOf(target, needs({ parameters: ['top_p'] }), 1)).toBeUndefined();
  const lack = profiles.lackOf(target, needs({ parameters: ['top_p', 'seed'] }), 1);
  expect(lack?.what).toBe("parameter 'seed'");
  const { status, error } = refusal();
  expect(lack?.refusal).toEqual({
    status,
    error: { ...error, message: "The model does not support parameter 'seed'." },
  });
  expect(profiles.lackOf(targetOf({ model: 'n' }), needs({ parameters: ['seed'] }), 1)).toBeUndefined();
  expect(profiles.lackOf(targetOf({ account: 'other' }), needs({ parameters: ['seed'] }), 1)).toBeUndefined();
});

test('models that share their limits do not share their profiles', () => {
  const profiles = createProfiles();
  profiles.learn(targetOf({ model: 'a', counterKey: 'acc/*' }), refused('seed'), 0);
  expect(profiles.lackOf(targetOf({ model: 'b', counterKey: 'acc/*' }), needs({ parameters: ['seed'] }), 1)).toBe(
    undefined,
  );
});

test('parameters are known by the names that are sent: renamed ones count, removed ones do not', () => {
  const quirks = {
    ...NO_QUIRKS,
    streamOptions: false,
    rejects: ['logit_bias'],
    renames: { max_tokens: 'max_completion_tokens' },
  };
  const renaming = targetOf({ quirks });
  expect(['seed', 'max_tokens', 'logit_bias', 'stream_options'].map((field) => sentAs(renaming, field))).toEqual([
    'seed',
    'max_completion_tokens',
    undefined,
    undefined,
  ]);
  const profiles = createProfiles();
  for (const parameter of ['max_completion_tokens', 'logit_bias', '']) profiles.learn(renaming, refused(parameter), 0);
  expect(profiles.lackOf(renaming, needs({ parameters: ['max_tokens'] }), 1)?.what).toBe("parameter 'max_tokens'");
  expect(profiles.lackOf(renaming, needs({ parameters: ['logit_bias'] }), 1)).toBeUndefined();
});

test('each fact is forgotten after its own hour, and all of them on forget', () => {
  const profiles = createProfiles();
  profiles.learn(target, { kind: 'addition', parameter: 'stream_options' }, 0);
  profiles.learn(target, refused('seed'), 1000);
  profiles.learn(target, { kind: 'context', tokens: 100, refusal: refusal() }, 2000);
  const known = (now: number) => [
    profiles.refusedAdditions(target, now).has('stream_options'),
    profiles.lackOf(target, needs({ parameters: ['seed'] }), now)?.what,
    profiles.lackOf(target, needs({ inputTokens: 201 }), now) !== undefined,
  ];
  expect(known(HOUR - 1)).toEqual([true, "parameter 'seed'", true]);
  expect(known(HOUR)).toEqual([false, "parameter 'seed'", true]);
  expect(known(HOUR + 1000)).toEqual([false, undefined, true]);
  expect(known(HOUR + 2000)).toEqual([false, undefined, false]);
  profiles.learn(target, refused('seed'), 0);
  profiles.forget();
  expect(known(1)).toEqual([false, undefined, false]);
});

test('a fact that is learned again lasts an hour from then on', () => {
  const profiles = createProfiles();
  profiles.learn(target, refused('seed'), 0);
  profiles.learn(target, refused('seed'), HOUR - 1);
  expect(profiles.lackOf(target, needs({ parameters: ['seed'] }), HOUR + 1)).toBeDefined();
});

test('the latest parameters and models are kept', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), (many) => {
      const profiles = createProfiles();
      const names = Array.from({ length: many }, (_, n) => `p${n}`);
      for (const name of names) profiles.learn(target, refused(name), 0);
      const kept = names.filter((name) => profiles.lackOf(target, needs({ parameters: [name] }), 1) !== undefined);
      expect(kept).toEqual(names.slice(-64));
    }),
    { numRuns: 20 },
  );
  const profiles = createProfiles();
  for (let n = 0; n <= 10_000; n++) profiles.learn(targetOf({ model: `m${n}` }), refused('seed'), 0);
  const lacks = (model: string) => profiles.lackOf(targetOf({ model }), needs({ parameters: ['seed'] }), 1);
  expect([lacks('m0'), lacks('m1')?.what, lacks('m10000')?.what]).toEqual([
    undefined,
    "parameter 'seed'",
    "parameter 'seed'",
  ]);
});

test('long values are cut, and parameters with long names are not kept', () => {
  const profiles = createProfiles();
  const long = 'x'.repeat(10_000);
  const { error, ...rest } = refusal();
  profiles.learn(
    target,
    { kind: 'parameter', parameter: 'seed', refusal: { ...rest, error: { ...error, code: long } } },
    0,
  );
  profiles.learn(target, refused(long), 0);
  expect(profiles.lackOf(target, needs({ parameters: ['seed'] }), 1)?.refusal?.error.code).toHaveLength(500);
  expect(profiles.lackOf(target, needs({ parameters: [long] }), 1)).toBeUndefined();
});

test('a capability that a model refused is a lack for the requests that need it, for an hour', () => {
  for (const capability of ['tools', 'images', 'jsonSchema'] as const) {
    const profiles = createProfiles();
    profiles.learn(target, { kind: 'capability', capability, refusal: refusal() }, 0);
    expect(profiles.lackOf(target, needs(), 1)).toBeUndefined();
    const lack = profiles.lackOf(target, needs({ [capability]: true }), HOUR - 1);
    expect(lack?.refusal?.error).toMatchObject({
      code: 'unsupported_parameter',
      message: `The model does not support ${lack?.what}.`,
    });
    expect(profiles.lackOf(target, needs({ [capability]: true }), HOUR)).toBeUndefined();
    expect(profiles.lackOf(targetOf({ model: 'n' }), needs({ [capability]: true }), 1)).toBeUndefined();
  }
});

test('no context window is smaller than the largest prompt that was answered, before it was learned or after', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 50_000 })), fc.nat(20), (prompts, before) => {
      const profiles = createProfiles();
      for (const prompt of prompts.slice(0, before)) profiles.recordServed(target, prompt);
      profiles.learn(target, { kind: 'context', tokens: 1000, refusal: refusal() }, 0);
      for (const prompt of prompts.slice(before)) profiles.recordServed(target, prompt);
      const window = Math.max(1000, ...prompts);
      expect(profiles.lackOf(target, needs({ inputTokens: 2 * window }), 1)).toBeUndefined();
      expect(profiles.lackOf(target, needs({ inputTokens: 2 * window + 1 }), 1)).toBeDefined();
    }),
  );
  const profiles = createProfiles();
  profiles.recordServed(target, 10);
  expect(profiles.lackOf(target, needs({ inputTokens: 10_000_000 }), 1)).toBeUndefined();
});

test('the most inputs of a request are the smaller one of what is configured and what was refused, for an hour', () => {
  const profiles = createProfiles();
  const configured = targetOf({ capabilities: { maxBatch: 64 } });
  expect([profiles.maxBatchOf(target, 0), profiles.maxBatchOf(configured, 0)]).toEqual([undefined, 64]);
  profiles.learn(target, { kind: 'batch', inputs: 10 }, 0);
  expect([profiles.maxBatchOf(target, HOUR - 1), profiles.maxBatchOf(configured, HOUR - 1)]).toEqual([10, 10]);
  expect([profiles.maxBatchOf(target, HOUR), profiles.maxBatchOf(configured, HOUR)]).toEqual([undefined, 64]);
  profiles.learn(target, { kind: 'batch', inputs: 100 }, 0);
  expect(profiles.maxBatchOf(configured, 0)).toBe(64);
  profiles.forget();
  expect(profiles.maxBatchOf(target, 0)).toBeUndefined();
});
