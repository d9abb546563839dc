import type { Page } from 'playwright-core';

/** The pages of the dashboard by their names in the menu, with their paths below `/ui`. */
export const DASHBOARD_PAGES = {
  Overview: '/',
  Chains: '/chains',
  Requests: '/requests',
  Playground: '/playground',
  Limits: '/limits',
  Keys: '/keys',
  Usage: '/usage',
  Providers: '/providers',
  Configuration: '/configuration',
  Audit: '/audit',
} as const;

/** Logs in by the form, at whatever page it stands. */
export async function logInByForm(page: Page, key: string): Promise<void> {
  await page.getByLabel('Key of a viewer or an admin').fill(key);
  await page.getByRole('button', { name: 'Log in' }).click();
}

/** Opens a page of the dashboard, and waits until what it shows is there. */
export async function openSettled(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await settled(page);
}

/** Waits until a page has its heading or an error, and nothing of it is being loaded. */
async function settled(page: Page): Promise<void> {
  await page.locator('main').locator('h1, [role=alert]').first().waitFor();
  await page.locator('main .bones').first().waitFor({ state: 'detached' });
}

/** Logs the browser of a page in without the form. Rejects where the gateway refuses the key. */
export async function logIn(page: Page, url: string, key: string): Promise<void> {
  const response = await page.request.post(`${url}/trpc/sessions.create`, {
    data: { key },
    headers: { 'x-spillway-dashboard': '1', 'sec-fetch-site': 'same-origin' },
  });
  if (!response.ok()) throw new Error(`The login was refused: ${await response.text()}`);
}

/** Everything that scripts of a page can read of what its browser keeps. */
export function keptBy(page: Page): Promise<string> {
  return page.evaluate<string>(`(async () => JSON.stringify([
    { ...localStorage }, { ...sessionStorage }, document.cookie, await indexedDB.databases(), await caches.keys(),
  ]))()`);
}

/** By how many pixels a page is wider than its window, once it is drawn at its width. */
export function overflowOf(page: Page): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => {
    const { scrollWidth, clientWidth } = document.scrollingElement;
    resolve(scrollWidth - clientWidth);
  })))`);
}
