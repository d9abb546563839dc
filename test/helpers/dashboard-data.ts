import { AxeBuilder } from '@axe-core/playwright';
import type { Locator, Page } from 'playwright-core';
import { openaiError, responder } from '../../src/testing/index.ts';
import { DASHBOARD_PAGES } from './dashboard.ts';
import { post, type Rig } from './gateway.ts';
import { HELLO } from './hello.ts';
import { ask, loggedRequests, startOnStore } from './store-gateway.ts';

/** The name of a page in the menu. */
export type PageName = keyof typeof DASHBOARD_PAGES;

/** Whether a text is the name of a page. */
export function isPageName(name: string): name is PageName {
  return Object.hasOwn(DASHBOARD_PAGES, name);
}

/** What each page is for: an element that it shows where the gateway is one of `startWithData`. */
export const PURPOSES: Readonly<Record<PageName, (page: Page) => Locator>> = {
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

/** Finds a row of a table by a part of its text. */
function rowWith(text: string): (page: Page) => Locator {
  return (page) => page.locator('main tbody tr').filter({ hasText: text });
}

/** A gateway with something to show, and ids of a key and of a request that has failed over. */
export interface WithData {
  readonly rig: Rig;
  readonly key: string;
  readonly request: string;
}

/**
 * Starts a gateway on a store, a file or a database, with a tenant, a key that has a budget, and requests under it: three that `b/model-b` has
 * answered after `a/model-a` had failed, and one that has failed.
 */
export async function startWithData(store: string): Promise<WithData> {
  const rig = await startOnStore(
    store,
    { providers: { b: { models: { 'model-b': { price: { input: 1, output: 2 } } } } } },
    [openaiError(500, 'The server had an error.'), responder({ content: 'Hello from b', usage: true })],
  );
  const made = [
    await ask(rig, '/v1/tenants', { body: { name: 'acme', budgets: [{ amount_usd: 10, period: 'month' }] } }),
    await ask(rig, '/v1/keys', {
      body: {
        name: 'nightly',
        tenant: 'acme',
        budgets: [{ amount_usd: 1, period: 'day' }],
        limits: { requests_per_minute: 100 },
      },
    }),
  ];
  const [, key] = made.map(({ status, body }) => {
    if (status !== 200) throw new Error(`It was not made: ${JSON.stringify(body)}`);
    return body;
  });
  const headers = { authorization: `Bearer ${key?.secret}` };
  for (const members of [{ stream: true }, {}, { stream: true }, { model: 'a/model-a' }])
    await (await post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, ...members }, { headers })).text();
  const logged = await loggedRequests(rig, 4);
  return { rig, key: key?.id ?? '', request: logged.at(-1)?.id ?? '' };
}

/** What axe finds on a page in both colour schemes: the scheme and its rule, with the elements. */
export async function flawsOf(page: Page): Promise<string[]> {
  const flaws: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    // The other mode opens a page for each result.
    const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
    for (const { id, nodes } of violations)
      flaws.push(`${colorScheme}, ${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  }
  return flaws;
}
