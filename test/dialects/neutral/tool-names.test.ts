import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Tool } from '../../../src/dialects/neutral/request.ts';
import { fittingName, restoreNames, sentName } from '../../../src/dialects/neutral/tool-names.ts';

const FITS = /^[a-zA-Z0-9_-]{1,64}$/;
const tool = (name: string, namespace?: string): Tool => ({ kind: 'function', name, namespace, strict: false });

test('a name that fits stays', () => {
  fc.assert(fc.property(fc.stringMatching(FITS), (name) => fittingName(name) === name));
});

test('any other name becomes one that fits, always the same one', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (name) => {
      const fitting = fittingName(name);
      expect(fitting).toMatch(FITS);
      expect(fittingName(name)).toBe(fitting);
      expect(fittingName(fitting)).toBe(fitting);
    }),
  );
});

test('a name is cut to 55 characters and 8 digits of its digest', () => {
  const name = `mcp__${'a'.repeat(80)}`;
  expect(fittingName(name)).toMatch(/^mcp__a{50}_[0-9a-f]{8}$/);
  expect(fittingName(name)).not.toBe(fittingName(`${name}b`));
});

test('names that differ only in what does not fit stay different', () => {
  expect(new Set(['a.b', 'a:b', 'a b', 'a_b'].map(fittingName)).size).toBe(4);
});

test('every sent name is restored to the client’s own', () => {
  const name = fc.string({ minLength: 1, maxLength: 80 });
  const tools = fc.uniqueArray(name, { minLength: 1, maxLength: 8 }).map((names) => names.map((each) => tool(each)));
  fc.assert(
    fc.property(tools, (list) => {
      const restore = restoreNames({ tools: list });
      for (const each of list) expect(restore(sentName(each.name, undefined)).name).toBe(each.name);
    }),
  );
});

test('a tool of a namespace is restored from its sent name, and from its bare name where only one has it', () => {
  const restore = restoreNames({
    tools: [tool('search', 'docs'), tool('read', 'docs'), tool('read', 'disk'), tool('run')],
  });
  expect(restore('docs__search')).toEqual({ name: 'search', namespace: 'docs', freeform: false });
  expect(restore('search')).toEqual({ name: 'search', namespace: 'docs', freeform: false });
  expect(restore('read')).toEqual({ name: 'read', namespace: undefined, freeform: false });
  expect(restore('run')).toEqual({ name: 'run', namespace: undefined, freeform: false });
});

test('a tool without a namespace wins over the bare name of another', () => {
  const restore = restoreNames({ tools: [tool('search', 'docs'), tool('search')] });
  expect(restore('search').namespace).toBeUndefined();
});

test('a freeform tool is restored as one, and a name that the model made up stays', () => {
  const restore = restoreNames({ tools: [{ kind: 'custom', name: 'patch' }] });
  expect(restore('patch')).toEqual({ name: 'patch', namespace: undefined, freeform: true });
  expect(restore('constructor')).toEqual({ name: 'constructor', namespace: undefined, freeform: false });
});

test('hosted tools have no names to restore', () => {
  const hosted: Tool = { kind: 'hosted', family: 'openai', name: 'search', ranByClient: false, value: {} };
  expect(restoreNames({ tools: [hosted, tool('search', 'docs')] })('search').namespace).toBe('docs');
});
