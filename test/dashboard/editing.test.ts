import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { chatStream } from '../../src/testing/index.ts';
import { CHROMIUM, inChromium, type OpenPage, startBrowser, type TestBrowser } from '../helpers/browser.ts';
import { logIn } from '../helpers/dashboard.ts';
import type { Rig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { ADMIN_KEY, ask, loggedRequests, startOnStore } from '../helpers/store-gateway.ts';
import { type Folder, temporaryFolder } from '../helpers/store.ts';

describe.skipIf(CHROMIUM === undefined)(inChromium('what is changed in a browser'), () => {
  let browser: TestBrowser;
  let folder: Folder;
  let rig: Rig;
  beforeAll(async () => {
    folder = temporaryFolder();
    const scripts = ['from a', 'from b'].map((content) => chatStream({ content }));
    [browser, rig] = await Promise.all([startBrowser(), startOnStore(folder.file, {}, scripts)]);
  });
  afterAll(async () => {
    await Promise.all([browser?.[Symbol.asyncDispose](), rig?.[Symbol.asyncDispose]()]);
    folder?.[Symbol.dispose]();
  });

  /** How many requests each provider has got. */
  const hits = (): number[] => rig.upstreams.map((upstream) => upstream.hits.length);

  /** A page of the dashboard, as the admin, once it is live. */
  async function opened(path: string): Promise<OpenPage> {
    const open = await browser.open();
    const live = open.page.waitForResponse(/events\.watch/);
    await logIn(open.page, rig.url, ADMIN_KEY);
    await open.page.goto(`${rig.url}/ui${path}`);
    await live;
    return open;
  }

  test('a key that another admin has changed meanwhile is not overwritten, also where the page has read it again', async () => {
    const { id } = (await ask(rig, '/v1/keys', { body: { name: 'shared', role: 'caller' } })).body;
    await using open = await opened(`/keys/${id}`);
    const { page } = open;
    await page.clock.install();
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByRole('textbox', { name: 'Note' }).fill('of this browser');
    await ask(rig, `/v1/keys/${id}`, { body: { note: 'of another admin' } });
    const again = page.waitForResponse(/keys\.retrieve/);
    await page.clock.fastForward(10_000);
    await page.evaluate("dispatchEvent(new Event('visibilitychange'))");
    await again;
    await page.locator('main').getByText('of another admin').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').getByText('changed meanwhile').waitFor();
    expect(await page.getByRole('textbox', { name: 'Note' }).inputValue()).toBe('of this browser');
    expect((await ask(rig, `/v1/keys/${id}`)).body['note']).toBe('of another admin');
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Edit' }).click();
    expect(await page.getByRole('textbox', { name: 'Note' }).inputValue()).toBe('of another admin');
    await page.getByRole('textbox', { name: 'Note' }).fill('of both');
    await page.getByRole('textbox', { name: 'Chains' }).fill('default, missing');
    await page.getByRole('button', { name: 'Save' }).click();
    // The problem of the second name stands at the field of both.
    await page.getByText('there is no chain "missing"').waitFor();
    expect(await page.getByRole('textbox', { name: 'Chains' }).getAttribute('aria-invalid')).toBe('true');
    await page.getByRole('textbox', { name: 'Chains' }).fill('default');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect((await ask(rig, `/v1/keys/${id}`)).body).toMatchObject({ note: 'of both', chains: ['default'] });
  });

  test('a request that is deleted is gone from the list, from what was live and from the way back', async () => {
    await using open = await opened('/requests');
    const { page } = open;
    await ask(rig, '/v1/chat/completions', { body: HELLO });
    const row = page.locator('tr', { hasText: 'model-a' }).locator('[data-row]');
    await row.click();
    await page.getByRole('button', { name: 'Forget' }).click();
    await page.getByRole('button', { name: 'Delete this request' }).click();
    await page.getByText('1 row deleted').waitFor();
    await page.getByRole('button', { name: 'Pause live' }).waitFor();
    await row.waitFor({ state: 'detached' });
    await page.goBack();
    await page.getByText('The request log has no row of this id.').waitFor();
  });

  test('the row that was opened last has the focus on the way back, and a filter keeps it', async () => {
    await ask(rig, '/v1/chat/completions', { body: HELLO });
    await loggedRequests(rig, 1);
    await using open = await opened('/requests');
    const { page } = open;
    await page.locator('[data-row]').first().click();
    await page.getByRole('heading', { level: 1, name: 'Answered' }).waitFor();
    await page.keyboard.press('Escape');
    const row = page.locator('tr[aria-current] [data-row]');
    await row.waitFor();
    expect(await hasFocus(row)).toBe(true);
    const chain = page.getByRole('combobox', { name: 'chain', exact: true });
    await chain.focus();
    const filtered = page.waitForResponse(/requests\.list/);
    await chain.selectOption('default');
    await filtered;
    await page.getByRole('button', { name: 'Remove the filter chain' }).waitFor();
    await row.waitFor();
    expect(await hasFocus(chain)).toBe(true);
  });

  test('a filter keeps the space after which its typing rested, and Escape empties it', async () => {
    await using open = await opened('/limits');
    const { page } = open;
    const field = page.getByRole('searchbox', { name: 'Model' });
    const filteredBy = (text: string): Promise<void> =>
      vi.waitFor(() => expect(new URL(page.url()).searchParams.get('q')).toBe(text));
    await field.pressSequentially('a ');
    await filteredBy('a');
    await field.pressSequentially('b');
    await filteredBy('a b');
    expect(await field.inputValue()).toBe('a b');
    await page.getByRole('link', { name: 'Show all models' }).click();
    await vi.waitFor(async () => expect(await field.inputValue()).toBe(''));
    await field.fill('model-a');
    await field.press('Escape');
    expect(await field.inputValue()).toBe('');
    await page.getByText('model-b').first().waitFor();
  });

  test('a column of the playground that is removed takes its answer with it, and the name of another can be emptied', async () => {
    await using open = await opened(`/playground?models=${encodeURIComponent('["a/model-a","b/model-b"]')}`);
    const { page } = open;
    await page.getByRole('textbox', { name: 'Prompt', exact: true }).fill('Hello');
    await page.keyboard.press('Control+Enter');
    await column(page, 'a/model-a').getByText('from a').waitFor();
    await column(page, 'b/model-b').getByText('from b').waitFor();
    const sent = hits();
    await column(page, 'a/model-a').getByRole('button', { name: 'Remove' }).click();
    await column(page, 'a/model-a').waitFor({ state: 'detached' });
    await column(page, 'b/model-b').getByText('from b').waitFor();
    expect(hits()).toEqual(sent);
    const name = column(page, 'b/model-b').getByRole('combobox', { name: 'Model' });
    await name.fill('');
    expect(await name.inputValue()).toBe('');
    await name.blur();
    expect(await name.inputValue()).toBe('b/model-b');
  });
});

function column(page: Page, model: string): Locator {
  return page.getByRole('region', { name: `Answer of ${model}` });
}

function hasFocus(locator: Locator): Promise<boolean> {
  return locator.evaluate((element) => element.matches(':focus'));
}
