import { expect, test } from 'vitest';
import { createPages } from '../../src/workers/pages.ts';
import { fakeClock } from '../helpers/clock.ts';

const page = (count: number): string =>
  `# HELP spillway_requests_total x\n# TYPE spillway_requests_total counter\nspillway_requests_total{code="ok"} ${count}\n`;
/** The pages without that of this process. */
const withoutOwn = (pages: readonly string[]): readonly string[] =>
  pages.filter((each) => !each.includes('process_cpu'));

test('the pages are those of the primary process and of all workers', async () => {
  const pages = createPages(fakeClock());
  pages.add(async () => page(1));
  pages.add(async () => page(2));
  const read = await pages.read();
  expect(withoutOwn(read)).toEqual(['', page(1), page(2)]);
  expect(read.filter((each) => each.includes('process_cpu_seconds_total'))).toHaveLength(1);
});

test('what a worker had counted at its last page stays when it has ended', async () => {
  const pages = createPages(fakeClock());
  const one = pages.add(async () => page(1));
  pages.add(async () => page(2));
  await pages.read();
  one[Symbol.dispose]();
  expect(withoutOwn(await pages.read())).toEqual([page(1), page(2)]);
  const again = pages.add(async () => page(4));
  await pages.read();
  again[Symbol.dispose]();
  expect(withoutOwn(await pages.read())).toEqual([page(5), page(2)]);
});

test('a worker that does not answer within two seconds, or fails, is shown as of the last time', async () => {
  const clock = fakeClock();
  const pages = createPages(clock);
  let answer: () => Promise<string> = async () => page(3);
  pages.add(() => answer());
  await pages.read();
  answer = () => new Promise(() => undefined);
  const late = pages.read();
  clock.advance(2000);
  expect(withoutOwn(await late)).toEqual(['', page(3)]);
  answer = () => Promise.reject(new Error('gone'));
  expect(withoutOwn(await pages.read())).toEqual(['', page(3)]);
  expect(clock.waiting()).toBe(0);
});

test('a worker that ends while all are read is counted once', async () => {
  const pages = createPages(fakeClock());
  const { promise, resolve } = Promise.withResolvers<string>();
  const one = pages.add(async () => page(7));
  await pages.read();
  pages.add(() => promise);
  const reading = pages.read();
  one[Symbol.dispose]();
  resolve(page(1));
  expect(withoutOwn(await reading)).toEqual(['', page(7), page(1)]);
});
