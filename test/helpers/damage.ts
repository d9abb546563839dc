import fc from 'fast-check';
import { isRecord } from '../../src/lib/record.ts';

/** What a member is replaced by. */
const strange = fc.constantFrom<unknown[]>(
  null,
  true,
  -1,
  0,
  1e308,
  999_999_999,
  '',
  'x',
  '{"a":',
  '\ud800',
  [],
  {},
  [null],
  [[]],
  { type: 'unknown' },
  { type: null },
  undefined,
);

/** A change of one member somewhere in a value: `at` selects the member, and undefined removes it. */
export const damage = fc.record({ at: fc.nat(10_000), value: strange });

/** One damage. */
export type Damage = typeof damage extends fc.Arbitrary<infer Value> ? Value : never;

/** A copy of a JSON value with damages, one after the other. */
export function damaged(value: unknown, damages: readonly Damage[]): unknown {
  const copy = structuredClone(value);
  for (const { at, value: replacement } of damages) {
    const places = placesIn(copy);
    const [holder, key] = places[at % Math.max(1, places.length)] ?? [];
    if (holder === undefined || key === undefined) continue;
    if (replacement === undefined) Reflect.deleteProperty(holder, key);
    else Reflect.set(holder, key, structuredClone(replacement));
  }
  return copy;
}

function placesIn(value: unknown): readonly (readonly [holder: object, key: string])[] {
  if (!Array.isArray(value) && !isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => [[value, key] as const, ...placesIn(member)]);
}
