import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../src/domain/errors.ts';
import { pageOf } from '../../src/router/page-of.ts';

const NAMES = ['a', 'b', 'c', 'd'];

describe('a page of names', () => {
  test.each([
    [{}, 'abcd', false],
    [{ limit: 4 }, 'abcd', false],
    [{ limit: 3 }, 'abc', true],
    [{ after_id: 'b' }, 'cd', false],
    [{ after_id: 'a', limit: 2 }, 'bc', true],
    [{ after_id: 'd' }, '', false],
    [{ before_id: 'c' }, 'ab', false],
    [{ before_id: 'd', limit: 2 }, 'bc', true],
    [{ before_id: 'a' }, '', false],
    [{ after_id: 'a', before_id: 'd' }, 'bc', false],
    [{ after_id: 'a', before_id: 'd', limit: 1 }, 'b', true],
    [{ after_id: 'c', before_id: 'b' }, '', false],
  ])('for %j is %j', (input, names, hasMore) => {
    expect(pageOf(NAMES, input)).toEqual({ names: names.split(''), hasMore });
  });

  test.each(['after_id', 'before_id'])('cannot be counted from an unknown %s', (param) => {
    const find = (): unknown => pageOf(NAMES, { [param]: 'x' });
    expect(find).toThrow(GatewayError);
    expect(find).toThrow(expect.objectContaining({ details: expect.objectContaining({ param }) }) as Error);
  });
});

test('pages that follow one another hold every name once, in both directions', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { minLength: 1 }), fc.integer({ min: 1, max: 7 }), (names, limit) => {
      const forwards: string[] = [];
      for (let page = pageOf(names, { limit }); ; page = pageOf(names, { limit, after_id: forwards.at(-1) })) {
        forwards.push(...page.names);
        if (!page.hasMore) break;
      }
      const backwards: string[] = [names.at(-1) ?? ''];
      for (let more = true; more;) {
        const page = pageOf(names, { limit, before_id: backwards[0] });
        backwards.unshift(...page.names);
        more = page.hasMore;
      }
      expect([forwards, backwards]).toEqual([names, names]);
    }),
  );
});
