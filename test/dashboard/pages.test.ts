import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, inChromium, type OpenPage, startBrowser, type TestBrowser } from '../helpers/browser.ts';
import { flawsOf, isPageName, PURPOSES, startWithData, type WithData } from '../helpers/dashboard-data.ts';
import { DASHBOARD_PAGES, logIn, openSettled, overflowOf } from '../helpers/dashboard.ts';
import { ADMIN_KEY } from '../helpers/store-gateway.ts';
import { type Folder, temporaryFolder } from '../helpers/store.ts';

describe.skipIf(CHROMIUM === undefined)(inChromium('the pages of the dashboard with data'), () => {
  let browser: TestBrowser;
  let folder: Folder;
  let data: WithData;
  let opened: OpenPage;
  beforeAll(async () => {
    folder = temporaryFolder();
    [browser, data] = await Promise.all([startBrowser(), startWithData(folder.file)]);
    opened = await browser.open();
    await logIn(opened.page, data.rig.url, ADMIN_KEY);
  });
  afterAll(async () => {
    await Promise.all([browser?.[Symbol.asyncDispose](), data?.rig[Symbol.asyncDispose]()]);
    folder?.[Symbol.dispose]();
  });

  const paths: Readonly<Record<string, () => string>> = {
    ...Object.fromEntries(Object.entries(DASHBOARD_PAGES).map(([name, path]) => [name, () => path])),
    'A key': () => `/keys/${data.key}`,
    'A request': () => `/requests/${data.request}`,
  };
  test.each(Object.keys(paths))('%s fits every width, is accessible, and keeps to its policy', async (name) => {
    const { page, violations, errors, foreign } = opened;
    await openSettled(page, `${data.rig.url}/ui${paths[name]?.()}`);
    const purpose = isPageName(name) ? PURPOSES[name](page) : page.getByRole('heading', { level: 1 });
    await purpose.first().waitFor();
    for (const width of [360, 390, 920, 1110, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await overflowOf(page), `sideways scroll at ${width} px`).toBe(0);
      expect(await purpose.first().isVisible()).toBe(true);
      if (width === 390 || width === 1280) expect(await flawsOf(page), `${width} px`).toEqual([]);
    }
    expect({ violations, errors, foreign }).toEqual({ violations: [], errors: [], foreign: [] });
  });
});
