import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLinkedSet } from '../../src/lib/linked-set.ts';

test('those who have come and not gone are there, in the order in which they came, whoever goes when and however often', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(20), { nil: undefined })), (steps) => {
      const members = createLinkedSet<number>();
      const places: Disposable[] = [];
      const gone = new Set<number>();
      for (const step of steps) {
        const place = step === undefined ? undefined : places[step];
        if (place === undefined || step === undefined) places.push(members.join(places.length));
        else {
          place[Symbol.dispose]();
          gone.add(step);
        }
        const there = [...places.keys()].filter((each) => !gone.has(each));
        expect(members.list()).toEqual(there);
        expect(members.size).toBe(there.length);
      }
    }),
  );
});

test('one who goes while all are told takes nobody along', () => {
  const members = createLinkedSet<() => void>();
  const told: string[] = [];
  const first = members.join(() => {
    told.push('first');
    first[Symbol.dispose]();
  });
  members.join(() => void told.push('second'));
  for (const tell of members.list()) tell();
  expect(told).toEqual(['first', 'second']);
  expect(members.size).toBe(1);
});
