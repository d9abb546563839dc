import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page, Request } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openaiError, responder, startScriptedUpstream } from '../../src/testing/index.ts';
import { CHROMIUM, inChromium, startBrowser, type TestBrowser } from '../helpers/browser.ts';
import { type Run, run } from '../helpers/cli.ts';
import { openSettled } from '../helpers/dashboard.ts';
import { post, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { reservePort } from '../helpers/listen.ts';
import { temporaryFolder } from '../helpers/store.ts';

/** The longest time from the end of a failover until a page shows it, in milliseconds. Pages collect events for 100 ms. */
const SEEN_WITHIN_MS = 1000;

/** Where each page shows a failover to `b/model-b`. */
const PLACES = {
  '/': 'main table.latest tbody tr',
  '/chains': 'main section[aria-labelledby=failovers] tbody tr',
  '/requests': 'main table.requests tbody tr',
} as const;

const BUSY = openaiError(503, 'The server is overloaded.');
const ANSWER = responder({ content: 'Hi', usage: true });

describe.skipIf(CHROMIUM === undefined)(inChromium('the live view in a browser'), () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser?.[Symbol.asyncDispose]());

  test('shows a failover on three pages as soon as it has happened', async () => {
    using folder = temporaryFolder();
    let endedAt = 0;
    await using rig = await startRig([ANSWER, ANSWER], {
      config: { store: { url: `sqlite:${folder.file}` } },
      onEvent: (event) => {
        if (event.kind === 'request_finished' && event.chain !== undefined) endedAt = Date.now();
      },
    });
    const send = async (): Promise<unknown> => (await post(fetch, `${rig.url}/v1/chat/completions`, HELLO)).json();
    await send();
    await using opened = await browser.open();
    const context = opened.page.context();
    const tabs = await Promise.all(
      Object.entries(PLACES).map(async ([path, place]) => {
        const page = await context.newPage();
        await openSettled(page, `${rig.url}/ui${path}`);
        await expect.poll(() => rig.events.length).toBeGreaterThan(0);
        if (path !== '/requests') await page.getByText('live', { exact: true }).first().waitFor();
        expect(await page.locator(place).filter({ hasText: 'b/model-b' }).count()).toBe(0);
        return { path, page, place };
      }),
    );
    const seen = tabs.map(({ page, place }) => seenAt(page, place, 'b/model-b'));
    // The observers are in place once a later script has run.
    await Promise.all(tabs.map(({ page }) => page.evaluate('0')));
    const [first] = rig.upstreams;
    if (first !== undefined) first.script = BUSY;
    await send();
    const delays = (await Promise.all(seen)).map((at, index) => [tabs[index]?.path, at - endedAt] as const);
    console.info('A failover was seen, in ms after its end:', Object.fromEntries(delays));
    for (const [path, delay] of delays) expect(delay, `on ${path}`).toBeLessThan(SEEN_WITHIN_MS);
  });

  test('has one subscription for each tab, and none while the tab is hidden', async () => {
    await using rig = await startRig([ANSWER]);
    await (await post(fetch, `${rig.url}/v1/chat/completions`, HELLO)).text();
    await using opened = await browser.open();
    const { page } = opened;
    const open = openSubscriptions(page);
    await openSettled(page, `${rig.url}/ui/chains`);
    await page.getByText('live', { exact: true }).first().waitFor();
    expect(open.size).toBe(1);
    const [kept] = open;
    for (const name of ['Limits', 'Overview', 'Requests']) {
      await page.getByRole('link', { name, exact: true }).click();
      await page.getByRole('heading', { name, level: 1 }).waitFor();
      expect([...open], `on ${name}`).toEqual([kept]);
    }
    await page.getByRole('link', { name: 'Limits' }).click();
    await setHidden(page, true);
    await page.getByText('paused', { exact: true }).waitFor();
    expect(open.size).toBe(0);
    await setHidden(page, false);
    await page.getByText('live', { exact: true }).waitFor();
    expect(open.size).toBe(1);
  });

  test('does not need the browser to be online: the gateway may be on the same machine', async () => {
    await using rig = await startRig([ANSWER]);
    await using opened = await browser.open();
    const { page } = opened;
    await openSettled(page, `${rig.url}/ui/chains`);
    await page.evaluate(`dispatchEvent(new Event('offline'))`);
    await page.getByRole('link', { name: 'Configuration' }).click();
    await page.getByText('"model-a"').waitFor();
  });

  test('says that the gateway is gone, and goes on by itself when it is back', async () => {
    using folder = temporaryFolder();
    await using upstream = await startScriptedUpstream({ script: ANSWER });
    const port = String(await reservePort());
    const file = join(folder.path, 'spillway.json');
    const config = {
      providers: { a: { baseUrl: upstream.baseUrl } },
      chains: { default: { entries: ['a/model-a'] } },
    };
    writeFileSync(file, JSON.stringify(config));
    const start = async (): Promise<Run> => {
      const started = run(['serve', '--config', file, '--port', port]);
      await started.says(/spillway on http/);
      return started;
    };
    await using opened = await browser.open();
    const { page } = opened;
    const url = `http://127.0.0.1:${port}`;
    {
      await using _first = await start();
      await openSettled(page, `${url}/ui/chains`);
      await page.getByText('live', { exact: true }).waitFor();
    }
    await page.getByText('connection lost').waitFor();
    expect(await page.getByRole('listitem').filter({ hasText: 'a/model-a' }).isVisible()).toBe(true);
    await using _second = await start();
    await page.getByText('live', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Requests' }).click();
    await page.getByRole('heading', { name: 'Requests' }).waitFor();
    await (await post(fetch, `${url}/v1/chat/completions`, HELLO)).text();
    await page.locator('main tbody tr').filter({ hasText: 'a/model-a' }).waitFor();
  });
});

/** Resolves with the time at which a place of a page has a text, in milliseconds since the epoch. */
function seenAt(page: Page, place: string, text: string): Promise<number> {
  const observe = `([place, text]) => new Promise((resolve) => {
    const look = () => {
      if ([...document.querySelectorAll(place)].some(({ textContent }) => textContent.includes(text))) resolve(Date.now());
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
  })`;
  return page.evaluate<number>(`(${observe})(${JSON.stringify([place, text])})`);
}

/** The subscriptions of a page that are open at present. */
function openSubscriptions(page: Page): ReadonlySet<Request> {
  const open = new Set<Request>();
  page.on('request', (request) => {
    if (request.url().includes('/trpc/events.watch')) open.add(request);
  });
  for (const event of ['requestfinished', 'requestfailed'] as const)
    page.on(event as 'requestfailed', (request) => void open.delete(request));
  return open;
}

/** Makes a page believe that its tab is hidden, or seen again: without a window Chromium hides none. */
async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate(`
    Object.defineProperty(document, 'hidden', { configurable: true, value: ${hidden} });
    document.dispatchEvent(new Event('visibilitychange'));
  `);
}
