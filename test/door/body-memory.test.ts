import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBodyMemory, type HeldBody } from '../../src/door/body-memory.ts';

test('the youngest incomplete body is ended first, and releases its bytes', () => {
  const memory = createBodyMemory(100);
  const ended: string[] = [];
  const hold = (name: string) => memory.hold((error) => void ended.push(`${name} ${error.code}`));
  const [first, second, third] = [hold('first'), hold('second'), hold('third')];
  first.add(40);
  second.add(40);
  third.add(20);
  expect(ended).toEqual([]);
  first.add(1);
  expect(ended).toEqual(['third overloaded']);
  second.complete();
  first.add(30);
  expect([ended, memory.held]).toEqual([['third overloaded', 'first overloaded'], 40]);
  first.add(99);
  expect(memory.held).toBe(40);
});

test('no body begins while as many bytes are held as may be, and one does once they are released', () => {
  const memory = createBodyMemory(10);
  const body = memory.hold(() => undefined);
  body.add(10);
  body.complete();
  expect(() => memory.hold(() => undefined)).toThrow(expect.objectContaining({ code: 'overloaded', status: 503 }));
  body[Symbol.dispose]();
  body[Symbol.dispose]();
  expect(memory.held).toBe(0);
  memory.hold(() => undefined).add(1);
  expect(memory.held).toBe(1);
});

test('whatever arrives, no more is held than may be beside complete bodies, and nothing is lost or counted twice', () => {
  const step = fc.record({
    body: fc.nat({ max: 5 }),
    what: fc.constantFrom('add', 'complete', 'release'),
    bytes: fc.nat({ max: 60 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const memory = createBodyMemory(100);
      const bodies = new Map<number, { held: HeldBody; bytes: number; complete: boolean }>();
      for (const { body, what, bytes } of steps) {
        if (!bodies.has(body) && memory.held < 100)
          bodies.set(body, { held: memory.hold(() => bodies.delete(body)), bytes: 0, complete: false });
        const known = bodies.get(body);
        if (known === undefined) continue;
        if (what === 'release') {
          known.held[Symbol.dispose]();
          bodies.delete(body);
        } else if (what === 'complete') {
          known.held.complete();
          known.complete = true;
        } else if (!known.complete) {
          known.bytes += bytes;
          known.held.add(bytes);
        }
        const all = [...bodies.values()];
        expect(memory.held).toBe(all.reduce((sum, each) => sum + each.bytes, 0));
        if (all.some(({ complete }) => !complete)) expect(memory.held).toBeLessThanOrEqual(100);
      }
    }),
  );
});
