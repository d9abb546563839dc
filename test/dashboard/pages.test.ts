import { AxeBuilder } from '@axe-core/playwright';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openaiError, responder } from '../../src/testing/index.ts';
import { CHROMIUM, inChromium, type OpenPage, startBrowser, type TestBrowser } from '../helpers/browser.ts';
import { DASHBOARD_PAGES, logIn, openSettled, overflowOf } from '../helpers/dashboard.ts';
import { post, type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { POSTGRES, PostgresServer } from '../helpers/postgres.ts';
import { ADMIN_KEY, ask, loggedRequests, startOnStore } from '../helpers/store-gateway.ts';
import { type Folder, temporaryFolder } from '../helpers/store.ts';

type PageName = keyof typeof DASHBOARD_PAGES;
const SCHEMES = ['light', 'dark'] as const;
const FAILING = openaiError(500, 'The server had an error.');

/** What each page is for: an element that it shows where there is data. */
const PURPOSES: Readonly<Record<PageName, (page: Page) => Locator>> = {
  Overview: rowWith('b/model-b'),
  Chains: (page) => page.getByRole('listitem').filter({ hasText: 'a/model-a' }),
  Requests: rowWith('b/model-b'),
  Playground: (page) => page.getByRole('textbox', { name: 'Prompt', exact: true }),
  Limits: rowWith('a/model-a'),
  Keys: rowWith('nightly'),
  Usage: rowWith('nightly'),
  Providers: rowWith('a/model-a'),
  Configuration: (page) => page.getByText('"model-b"'),
  Audit: rowWith('keys.create'),
};

/** What a page without data says, and what it names to do. */
const EMPTY: Readonly<Partial<Record<PageName, readonly [string, string]>>> = {
  Overview: ['Three steps to a first answer', 'curl -N'],
  Chains: ['No request has failed over', 'curl -N'],
  Requests: ['There are no requests of this time.', 'curl http'],
  Keys: ['There is no key yet', 'spillway keys create --role admin'],
  Usage: ['Nothing was used in this time.', 'spillway usage'],
  Audit: ['Nothing was changed yet.', 'Changes of keys, tenants and sessions'],
};

describe.skipIf(CHROMIUM === undefined)(inChromium('the pages of the dashboard'), () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser?.[Symbol.asyncDispose]());

  describe('with data', () => {
    let folder: Folder;
    let rig: Rig;
    let opened: OpenPage;
    let details: Readonly<Record<'key' | 'request', string>>;
    beforeAll(async () => {
      folder = temporaryFolder();
      const scripts = [FAILING, responder({ content: 'Hello from b', usage: true })];
      rig = await startOnStore(folder.file, { providers: PRICED }, scripts);
      details = await makeData(rig);
      opened = await browser.open();
      await logIn(opened.page, rig.url, ADMIN_KEY);
    });
    afterAll(async () => {
      await opened?.[Symbol.asyncDispose]();
      await rig?.[Symbol.asyncDispose]();
      folder?.[Symbol.dispose]();
    });

    const paths: Readonly<Record<string, () => string>> = {
      ...Object.fromEntries(Object.entries(DASHBOARD_PAGES).map(([name, path]) => [name, () => path])),
      'A key': () => `/keys/${details.key}`,
      'A request': () => `/requests/${details.request}`,
    };
    test.each(Object.keys(paths))(
      '%s fits every width, is accessible in both schemes, and keeps to its policy',
      async (name) => {
        const { page, violations, errors, foreign } = opened;
        await openSettled(page, `${rig.url}/ui${paths[name]?.()}`);
        const purpose = isPageName(name) ? PURPOSES[name](page) : page.getByRole('heading', { level: 1 });
        await purpose.first().waitFor();
        for (const width of [390, 1280]) {
          await page.setViewportSize({ width, height: 800 });
          expect(await overflowOf(page), `sideways scroll at ${width} px`).toBe(0);
          for (const scheme of SCHEMES) {
            const t = performance.now();
            expect(await flawsOf(page, scheme), `${scheme}, ${width} px`).toEqual([]);
            console.log(name, width, scheme, performance.now() - t);
          }
        }
        await page.setViewportSize({ width: 360, height: 800 });
        expect(await overflowOf(page), 'sideways scroll at 360 px').toBe(0);
        expect(await purpose.first().isVisible()).toBe(true);
        expect({ violations, errors, foreign }).toEqual({ violations: [], errors: [], foreign: [] });
      },
    );

    test('that cannot reach the gateway say so, and show their data at the next try', async () => {
      const context = opened.page.context();
      // Chromium has six connections to a host, and each tab that is seen would keep one.
      await context.route('**/trpc/events.watch', (route) => route.abort());
      const others = /\/trpc\/(?!sessions\.|events\.)/;
      await context.route(others, (route) => route.abort());
      // The playground reads nothing but a list of names to choose from.
      const names = Object.keys(DASHBOARD_PAGES)
        .filter(isPageName)
        .filter((name) => name !== 'Playground');
      const pages = await Promise.all(
        names.map(async (name) => {
          const page = await context.newPage();
          await page.goto(`${rig.url}/ui${DASHBOARD_PAGES[name]}`);
          const alert = page.getByRole('main').getByRole('alert').filter({ hasText: 'connection_failed' }).first();
          await alert.waitFor();
          expect(await page.getByRole('heading', { level: 1 }).isVisible(), `the heading of ${name}`).toBe(true);
          return { name, page };
        }),
      );
      await context.unroute(others);
      for (const { name, page } of pages) {
        // Other tabs are drawn too seldom for clicks.
        await page.bringToFront();
        // A page may have several parts that could not be read, and some show only once others could.
        await expect
          .poll(
            async () => {
              for (const again of (await tryAgain(page).all()).toReversed())
                await again.click({ timeout: 500 }).catch(() => undefined);
              return [await tryAgain(page).count(), await PURPOSES[name](page).first().isVisible()];
            },
            { timeout: 15_000, interval: 1000 },
          )
          .toEqual([0, true]);
        await page.close();
      }
      await context.unrouteAll();
    });
  });

  test('without data say so, and name what to do', async () => {
    using folder = temporaryFolder();
    await using rig = await startRig([{}], { config: { store: { url: `sqlite:${folder.file}` } } });
    await using opened = await browser.open();
    const { page, violations, errors } = opened;
    for (const [name, path] of Object.entries(DASHBOARD_PAGES)) {
      await openSettled(page, `${rig.url}/ui${path}`);
      for (const words of (isPageName(name) && EMPTY[name]) || [])
        await page.getByText(words).first().waitFor({ timeout: 5000 });
      for (const scheme of SCHEMES) expect(await flawsOf(page, scheme), `${name}, ${scheme}`).toEqual([]);
    }
    expect({ violations, errors }).toEqual({ violations: [], errors: [] });
  });

  test.skipIf(POSTGRES === undefined)('whose store is down say so, stay usable, and recover', async () => {
    await using server = await PostgresServer.start();
    const database = server.url(await server.createDatabase());
    await using rig = await startOnStore(database, { providers: PRICED }, [FAILING, responder({ content: 'Hello' })]);
    const { key, request } = await makeData(rig);
    await using opened = await browser.open();
    const { page } = opened;
    await logIn(page, rig.url, ADMIN_KEY);
    await server.stop();
    const paths = ['/requests', '/usage', '/audit', '/?range=24h', `/requests/${request}`];
    for (const path of paths) {
      await openSettled(page, `${rig.url}/ui${path}`);
      const alert = page.getByRole('main').getByRole('alert').filter({ hasText: 'store_unavailable' }).first();
      await alert.waitFor();
      expect(await alert.getByRole('button', { name: 'Try again' }).isVisible()).toBe(true);
      expect(await page.getByRole('heading', { level: 1 }).isVisible(), `the heading of ${path}`).toBe(true);
      expect(await page.getByRole('navigation').isVisible()).toBe(true);
      for (const scheme of SCHEMES) expect(await flawsOf(page, scheme), `${path}, ${scheme}`).toEqual([]);
    }
    // Pages whose data is in memory do not notice.
    for (const name of ['Chains', 'Limits', 'Keys', 'Providers', 'Configuration'] as const) {
      await openSettled(page, `${rig.url}/ui${DASHBOARD_PAGES[name]}`);
      await PURPOSES[name](page).first().waitFor();
    }
    await openSettled(page, `${rig.url}/ui/keys/${key}`);
    await page.getByRole('heading', { name: 'nightly' }).waitFor();
    await openSettled(page, `${rig.url}/ui/requests`);
    await server.start();
    // The store is opened again in the background, a moment after its server.
    await expect
      .poll(
        async () => {
          await tryAgain(page)
            .click({ timeout: 500 })
            .catch(() => undefined);
          return page.locator('[data-row]').count();
        },
        { timeout: 20_000, interval: 1000 },
      )
      .toBeGreaterThan(0);
    await tryAgain(page).waitFor({ state: 'detached' });
  });
});

const PRICED: NonNullable<Parameters<typeof startRig>[1]>['providers'] = {
  b: { models: { 'model-b': { price: { input: 1, output: 2 } } } },
};

function tryAgain(page: Page): Locator {
  return page.getByRole('main').getByRole('button', { name: 'Try again' });
}

/** Finds a row of a table by a part of its text. */
function rowWith(text: string): (page: Page) => Locator {
  return (page) => page.locator('main tbody tr').filter({ hasText: text });
}

function isPageName(name: string): name is PageName {
  return Object.hasOwn(DASHBOARD_PAGES, name);
}

/** A tenant, a key with a budget, and requests under it: some failed over, one failed. Resolves with ids. */
async function makeData(rig: Rig): Promise<{ key: string; request: string }> {
  await ask(rig, '/v1/tenants', { body: { name: 'acme', budgets: [{ amount_usd: 10, period: 'month' }] } });
  const budgets = [{ amount_usd: 1, period: 'day' }];
  const limits = { requests_per_minute: 100 };
  const { status, body: key } = await ask(rig, '/v1/keys', {
    body: { name: 'nightly', tenant: 'acme', budgets, limits },
  });
  expect(status).toBe(200);
  const send = async (body: object): Promise<void> => {
    await (
      await post(fetch, `${rig.url}/v1/chat/completions`, body, { headers: { authorization: `Bearer ${key.secret}` } })
    ).text();
  };
  for (const stream of [true, false, true]) await send({ ...HELLO, stream });
  await send({ ...HELLO, model: 'a/model-a' });
  const logged = await loggedRequests(rig, 4);
  return { key: key.id, request: logged.at(-1)?.id ?? '' };
}

/** What axe finds on a page in a colour scheme: its rules, each with the elements. */
async function flawsOf(page: Page, colorScheme: 'light' | 'dark'): Promise<string[]> {
  await page.emulateMedia({ colorScheme });
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}
