import { describe, expect, test } from 'vitest';
import { aliasesOf } from '../../../../dashboard/pages/chains/aliases.ts';
import {
  type ExplainDraft,
  explainBody,
  fieldOf,
  inForm,
  OPERATIONS,
} from '../../../../dashboard/pages/chains/explain-body.ts';
import { chainMatches, chainsSearch } from '../../../../dashboard/pages/chains/search.ts';
import { OPERATION_NAMES } from '../../../../src/domain/operation-names.ts';

const DRAFT: ExplainDraft = { model: 'fast', operation: 'chat.completions', form: 'prompt', prompt: 'Hi', body: '' };

test('every operation of the gateway may be explained', () => {
  expect(OPERATIONS).toEqual(OPERATION_NAMES);
});

describe('the input of a request to explain', () => {
  test.each([
    ['chat.completions', { messages: [{ role: 'user', content: 'Hi' }] }],
    ['messages.count_tokens', { messages: [{ role: 'user', content: 'Hi' }] }],
    ['completions', { prompt: 'Hi' }],
    ['responses', { input: 'Hi' }],
    ['embeddings', { input: 'Hi' }],
  ] as const)('has the prompt where %s has it', (operation, body) => {
    expect(explainBody({ ...DRAFT, operation })).toEqual({ input: { ...body, model: 'fast', operation } });
  });

  test('names no model where none was typed', () => {
    expect(explainBody({ ...DRAFT, model: ' ' })).toEqual({
      input: { messages: [{ role: 'user', content: 'Hi' }], operation: 'chat.completions' },
    });
  });

  test('is the body, with the model that was typed', () => {
    const body = '{"model":"other","tools":[],"operation":"embeddings"}';
    const draft = { ...DRAFT, form: 'body', body } as const;
    expect(explainBody(draft)).toEqual({ input: { model: 'fast', tools: [], operation: 'chat.completions' } });
    expect(explainBody({ ...draft, model: '' })).toMatchObject({ input: { model: 'other' } });
  });

  test.each(['{', '[]', 'null', '"text"', ''])('is a problem where the body is %s', (body) => {
    expect(explainBody({ ...DRAFT, form: 'body', body })).toEqual({ problem: expect.stringMatching(/JSON/) });
  });
});

test('the body is made of the prompt until it is typed, and then kept', () => {
  const made = inForm(DRAFT, 'body');
  expect(JSON.parse(made.body)).toEqual({ messages: [{ role: 'user', content: 'Hi' }] });
  const again = inForm({ ...inForm(made, 'prompt'), prompt: 'Bye' }, 'body');
  expect(again.body).toContain('Bye');
  const typed = inForm({ ...made, body: '{"n":2}' }, 'prompt');
  expect(inForm({ ...typed, prompt: 'Bye' }, 'body').body).toBe('{"n":2}');
});

test.each([
  ['model_not_found', 'model', 'model'],
  ['missing_model', null, 'model'],
  ['invalid_request', 'messages.0.role', 'text'],
  ['invalid_json', null, 'text'],
  ['connection_failed', null, undefined],
] as const)('an error %s about %s belongs to the field %s', (code, param, field) => {
  expect(fieldOf({ code, param })).toBe(field);
});

describe('aliases', () => {
  test('stand for the chain behind all of them', () => {
    const aliases = aliasesOf({ aliases: { small: 'fast', tiny: 'small', big: 'default' } });
    expect([...aliases]).toEqual([
      ['fast', ['small', 'tiny']],
      ['default', ['big']],
    ]);
  });

  test.each([{}, { aliases: null }, { aliases: [] }, { aliases: { a: 1 } }, { aliases: { a: 'b', b: 'a' } }])(
    'are none in %j',
    (config) => {
      expect(aliasesOf(config)).toEqual(new Map());
    },
  );
});

test('the URL of the page: what is unknown or malformed is dropped', () => {
  expect(chainsSearch({ q: 'groq', explain: 'fast', other: 1 })).toEqual({ q: 'groq', explain: 'fast' });
  expect(chainsSearch({ q: '', explain: '' })).toEqual({ explain: '' });
  expect(chainsSearch({ q: {}, explain: [] })).toEqual({});
});

test('chains are found by their name, an alias and an entry', () => {
  const chain = { id: 'default', entries: [{ provider: 'groq', model: 'Llama' }] };
  const found = (q: string | undefined): boolean => chainMatches(chain, ['small'], q);
  expect([undefined, 'FAULT', 'mall', 'groq/ll', 'gpt'].map(found)).toEqual([true, true, true, true, false]);
});
