import fc from 'fast-check';
import { setImmediate } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { createCohort } from '../../src/lib/cohort.ts';

test('the steps of one turn run once each at its end, in the order in which they were added', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 10 }), async (turns) => {
      const inCohort = createCohort();
      const due: string[] = [];
      const ran: string[] = [];
      for (const [turn, steps] of turns.entries()) {
        for (let step = 0; step < steps; step++) {
          due.push(`${turn}.${step}`);
          inCohort(() => ran.push(`${turn}.${step}`));
        }
        await Promise.resolve();
        expect(ran).toHaveLength(due.length - steps);
        await setImmediate();
        expect(ran).toEqual(due);
      }
    }),
  );
});

test('several functions with the same awaits run each part together', async () => {
  const inCohort = createCohort();
  const steps: string[] = [];
  async function work(name: string): Promise<void> {
    await new Promise<void>(inCohort);
    steps.push(`${name} first`);
    await Promise.resolve();
    steps.push(`${name} second`);
  }
  await Promise.all([work('a'), work('b')]);
  expect(steps).toEqual(['a first', 'b first', 'a second', 'b second']);
});

test('a step that another step adds runs in the next turn, after the steps added before it', async () => {
  const inCohort = createCohort();
  const ran: string[] = [];
  inCohort(() => {
    ran.push('first');
    inCohort(() => ran.push('third'));
  });
  inCohort(() => ran.push('second'));
  await setImmediate();
  expect(ran).toEqual(['first', 'second']);
  await setImmediate();
  expect(ran).toEqual(['first', 'second', 'third']);
});

test('a step that throws does not keep the others from running', async () => {
  const thrown: unknown[] = [];
  const listener = (error: unknown): void => void thrown.push(error);
  const before = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', listener);
  try {
    const inCohort = createCohort();
    const ran: number[] = [];
    for (const n of [1, 2, 3, 4])
      inCohort(() => {
        ran.push(n);
        if (n % 2 === 1) throw new Error(`step ${n}`);
      });
    await vi.waitFor(() => expect(ran).toEqual([1, 2, 3, 4]));
    expect(thrown.map(String)).toEqual(['Error: step 1', 'Error: step 3']);
  } finally {
    process.off('uncaughtException', listener);
    for (const each of before) process.on('uncaughtException', each);
  }
});
