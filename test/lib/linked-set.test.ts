import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLinkedSet } from '../../src/lib/linked-set.ts';

test('the set holds the values that were added and not removed, in insertion order, whatever is removed when and how often', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(20), { nil: undefined })), (steps) => {
      const set = createLinkedSet<number>();
      const nodes: Disposable[] = [];
      const removed = new Set<number>();
      for (const step of steps) {
        const node = step === undefined ? undefined : nodes[step];
        if (node === undefined || step === undefined) nodes.push(set.add(nodes.length));
        else {
          node[Symbol.dispose]();
          removed.add(step);
        }
        const present = [...nodes.keys()].filter((each) => !removed.has(each));
        expect(set.list()).toEqual(present);
        expect(set.size).toBe(present.length);
      }
    }),
  );
});

test('a value that is removed while all are listed removes no other', () => {
  const set = createLinkedSet<() => void>();
  const called: string[] = [];
  const first = set.add(() => {
    called.push('first');
    first[Symbol.dispose]();
  });
  set.add(() => void called.push('second'));
  for (const call of set.list()) call();
  expect(called).toEqual(['first', 'second']);
  expect(set.size).toBe(1);
});
