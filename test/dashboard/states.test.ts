import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, inChromium, startBrowser, type TestBrowser } from '../helpers/browser.ts';
import { flawsOf, isPageName, type PageName, PURPOSES, startWithData } from '../helpers/dashboard-data.ts';
import { DASHBOARD_PAGES, logIn, openSettled } from '../helpers/dashboard.ts';
import { startRig } from '../helpers/gateway.ts';
import { POSTGRES, PostgresServer } from '../helpers/postgres.ts';
import { ADMIN_KEY } from '../helpers/store-gateway.ts';
import { temporaryFolder } from '../helpers/store.ts';

/** What a page without data says, and what it names to do. The others always have something to show. */
const EMPTY: Readonly<Partial<Record<PageName, readonly [string, string]>>> = {
  Overview: ['Three steps to a first answer', 'curl -N'],
  Chains: ['No request has failed over', 'curl -N'],
  Requests: ['There are no requests of this time.', 'curl -N http'],
  Keys: ['There is no key yet', 'spillway keys create --role admin'],
  Usage: ['Nothing was used in this time.', 'spillway usage'],
  Audit: ['Nothing was changed yet.', 'Changes of keys, tenants and sessions'],
};

/** Pages that read all of their data from memory, so that they work without the store. */
const WITHOUT_STORE = ['Limits', 'Keys', 'Configuration'] as const;

describe.skipIf(CHROMIUM === undefined)(inChromium('the pages of the dashboard'), () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser?.[Symbol.asyncDispose]());

  test('without data say so, and name what to do', async () => {
    using folder = temporaryFolder();
    await using rig = await startRig([{}], { config: { store: { url: `sqlite:${folder.file}` } } });
    await using opened = await browser.open();
    const { page, violations, errors } = opened;
    for (const [name, path] of Object.entries(DASHBOARD_PAGES)) {
      await openSettled(page, `${rig.url}/ui${path}`);
      const words = isPageName(name) ? EMPTY[name] : undefined;
      if (words === undefined) continue;
      for (const each of words) await page.getByText(each).first().waitFor();
      expect(await flawsOf(page), name).toEqual([]);
    }
    expect({ violations, errors }).toEqual({ violations: [], errors: [] });
  });

  test.skipIf(POSTGRES === undefined)('whose store is down say so, stay usable, and recover', async () => {
    await using server = await PostgresServer.start();
    const { rig, key, request } = await startWithData(server.url(await server.createDatabase()));
    await using _ = rig;
    await using opened = await browser.open();
    const { page } = opened;
    await logIn(page, rig.url, ADMIN_KEY);
    await server.stop();
    for (const path of ['/usage', '/audit', '/?range=24h', `/requests/${request}`, '/requests']) {
      await openSettled(page, `${rig.url}/ui${path}`);
      const alert = alertsOf(page).filter({ hasText: 'store_unavailable' }).first();
      await alert.waitFor();
      expect(await alert.getByRole('button', { name: 'Try again' }).isVisible()).toBe(true);
      expect(await page.getByRole('heading', { level: 1 }).isVisible(), `the heading of ${path}`).toBe(true);
      expect(await page.getByRole('navigation').isVisible()).toBe(true);
      expect(await flawsOf(page), path).toEqual([]);
    }
    for (const name of WITHOUT_STORE) {
      await openSettled(page, `${rig.url}/ui${DASHBOARD_PAGES[name]}`);
      await PURPOSES[name](page).first().waitFor();
      expect(await alertsOf(page).count()).toBe(0);
    }
    await openSettled(page, `${rig.url}/ui/keys/${key}`);
    await page.getByRole('heading', { name: 'nightly' }).waitFor();
    await openSettled(page, `${rig.url}/ui/requests`);
    await server.start();
    // The store is opened again in the background, a moment after its server.
    await untilRead(page, PURPOSES.Requests(page));
  });

  test('that cannot reach the gateway say so, and show their data at the next try', async () => {
    using folder = temporaryFolder();
    const { rig } = await startWithData(folder.file);
    await using _ = rig;
    await using opened = await browser.open();
    const context = opened.page.context();
    await logIn(opened.page, rig.url, ADMIN_KEY);
    // Chromium has six connections to a host, and each tab that is seen would keep one.
    await context.route('**/trpc/events.watch', (route) => route.abort());
    const others = /\/trpc\/(?!sessions\.|events\.)/;
    await context.route(others, (route) => route.abort());
    // The playground reads nothing but a list of names to choose from.
    const names = Object.keys(DASHBOARD_PAGES).filter((name) => isPageName(name) && name !== 'Playground');
    const pages = await Promise.all(
      names.filter(isPageName).map(async (name) => {
        const page = await context.newPage();
        await page.goto(`${rig.url}/ui${DASHBOARD_PAGES[name]}`);
        await alertsOf(page).filter({ hasText: 'connection_failed' }).first().waitFor();
        expect(await page.getByRole('heading', { level: 1 }).isVisible(), `the heading of ${name}`).toBe(true);
        return { name, page };
      }),
    );
    await context.unroute(others);
    for (const { name, page } of pages) {
      // Other tabs are drawn too seldom for clicks.
      await page.bringToFront();
      await untilRead(page, PURPOSES[name](page));
      await page.close();
    }
  });
});

function alertsOf(page: Page): Locator {
  return page.getByRole('main').getByRole('alert');
}

/**
 * Presses what tries again until nothing is left to try, and something is seen. A page may have several parts that could not be read, some of which
 * show only once others could.
 */
async function untilRead(page: Page, something: Locator): Promise<void> {
  const tryAgain = alertsOf(page).getByRole('button', { name: 'Try again' });
  await expect
    .poll(
      async () => {
        for (const each of (await tryAgain.all()).toReversed())
          await each.click({ timeout: 500 }).catch(() => undefined);
        return [await tryAgain.count(), await something.first().isVisible()];
      },
      { timeout: 20_000, interval: 500 },
    )
    .toEqual([0, true]);
}
