import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { responder } from '../../src/testing/index.ts';
import { CHROMIUM, inChromium, startBrowser, type TestBrowser } from '../helpers/browser.ts';
import { openSettled } from '../helpers/dashboard.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const ASSETS = join(import.meta.dirname, '..', '..', 'dist', 'dashboard', 'assets');
const KB = 1000;
/** The most bytes of scripts and styles, compressed. */
const MOST = { firstPage: 160 * KB, scripts: 240 * KB, styles: 15 * KB };
/** The longest time until the largest part of the first page is drawn, in milliseconds. */
const MOST_LCP_MS = 1000;

function compressed(names: readonly string[]): number {
  return names.reduce((sum, name) => sum + gzipSync(readFileSync(join(ASSETS, name)), { level: 9 }).length, 0);
}

test('all scripts and styles of the dashboard fit into their budget', () => {
  const names = readdirSync(ASSETS);
  const scripts = names.filter((name) => name.endsWith('.js'));
  const styles = names.filter((name) => name.endsWith('.css'));
  expect(scripts.length).toBeGreaterThan(10);
  expect(styles.length).toBeGreaterThan(0);
  expect(compressed(scripts)).toBeLessThanOrEqual(MOST.scripts);
  expect(compressed(styles)).toBeLessThanOrEqual(MOST.styles);
});

describe.skipIf(CHROMIUM === undefined)(inChromium('the first page of the dashboard'), () => {
  let browser: TestBrowser;
  let rig: Rig;
  beforeAll(async () => {
    [browser, rig] = await Promise.all([startBrowser(), startRig([responder({ content: 'Hi' })])]);
    await (await post(fetch, `${rig.url}/v1/chat/completions`, HELLO)).text();
  });
  afterAll(() => Promise.all([browser?.[Symbol.asyncDispose](), rig?.[Symbol.asyncDispose]()]));

  test('loads scripts within its budget, and none of other pages', async () => {
    await using opened = await browser.open();
    const { page } = opened;
    const scripts = new Set<string>();
    page.on('request', (request) => {
      const name = new URL(request.url()).pathname.split('/').at(-1) ?? '';
      if (name.endsWith('.js')) scripts.add(name);
    });
    await openSettled(page, `${rig.url}/ui/`);
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    expect(scripts.size).toBeGreaterThan(1);
    expect(compressed([...scripts])).toBeLessThanOrEqual(MOST.firstPage);
    expect(scripts.size).toBeLessThan(readdirSync(ASSETS).filter((name) => name.endsWith('.js')).length);
  });

  // The machine may be busy at one moment.
  test('draws its largest part within a second', { retry: 1 }, async () => {
    await using opened = await browser.open();
    const { page } = opened;
    await openSettled(page, `${rig.url}/ui/`);
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    const drawnAt = await page.evaluate<number>(`new Promise((resolve) => {
      new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime))
        .observe({ type: 'largest-contentful-paint', buffered: true });
    })`);
    expect(drawnAt).toBeGreaterThan(0);
    expect(drawnAt).toBeLessThan(MOST_LCP_MS);
  });
});
