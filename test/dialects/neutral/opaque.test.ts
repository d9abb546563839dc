import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unwrapOpaque, wrapOpaque } from '../../../src/dialects/neutral/opaque.ts';
import type { Issuer } from '../../../src/dialects/neutral/request.ts';

const issuer = fc.constantFrom<Issuer>('anthropic', 'openai', 'google', 'bedrock', 'unknown');

test('reasoning comes back from another API as it went', () => {
  fc.assert(
    fc.property(issuer, issuer, fc.string({ unit: 'grapheme' }), (by, own, value) => {
      fc.pre(by !== own);
      const text = wrapOpaque({ issuer: by, value }, own);
      expect(text).toMatch(/^sw1\.[a-z]+\.[A-Za-z0-9_-]*$/);
      expect(unwrapOpaque(text, own)).toEqual({ issuer: by, value });
    }),
  );
});

test('in its own API it stays raw', () => {
  expect(wrapOpaque({ issuer: 'anthropic', value: 'c2ln' }, 'anthropic')).toBe('c2ln');
  expect(unwrapOpaque('c2ln', 'anthropic')).toEqual({ issuer: 'anthropic', value: 'c2ln' });
});

test.each(['sw1.nobody.YQ', 'sw1.anthropic.a b', 'sw2.anthropic.YQ', 'xsw1.anthropic.YQ', 'sw1.anthropic', ''])(
  '%j is no envelope, so that the API’s own vendor has issued it',
  (value) => {
    expect(unwrapOpaque(value, 'google')).toEqual({ issuer: 'google', value });
  },
);
