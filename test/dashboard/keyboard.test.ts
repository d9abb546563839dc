import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chatStream, openaiError } from '../../src/testing/index.ts';
import { CHROMIUM, inChromium, type OpenPage, startBrowser, type TestBrowser } from '../helpers/browser.ts';
import { DASHBOARD_PAGES, logIn, openSettled } from '../helpers/dashboard.ts';
import { post, type Rig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { ADMIN_KEY, ask, loggedRequests, startOnStore } from '../helpers/store-gateway.ts';
import { type Folder, temporaryFolder } from '../helpers/store.ts';

const FAILING = openaiError(500, 'The server had an error.');

describe.skipIf(CHROMIUM === undefined)(inChromium('the dashboard by keyboard'), () => {
  let browser: TestBrowser;
  let folder: Folder;
  let rig: Rig;
  beforeAll(async () => {
    folder = temporaryFolder();
    const scripts = [FAILING, chatStream({ content: 'Hello from b', delay: 10, usage: true })];
    [browser, rig] = await Promise.all([startBrowser(), startOnStore(folder.file, {}, scripts)]);
    for (let count = 0; count < 3; count += 1) {
      const init = { headers: { authorization: `Bearer ${ADMIN_KEY}` } };
      await (await post(fetch, `${rig.url}/v1/chat/completions`, { ...HELLO, stream: true }, init)).text();
    }
    await loggedRequests(rig, 3);
  });
  afterAll(async () => {
    await Promise.all([browser?.[Symbol.asyncDispose](), rig?.[Symbol.asyncDispose]()]);
    folder?.[Symbol.dispose]();
  });

  /** A page of the dashboard as an admin has it. */
  async function openAs(path: string): Promise<OpenPage> {
    const opened = await browser.open({ permissions: ['clipboard-read', 'clipboard-write'] });
    await logIn(opened.page, rig.url, ADMIN_KEY);
    await openSettled(opened.page, `${rig.url}/ui${path}`);
    return opened;
  }

  test('goes from page to page, to the search field, through rows, into one and back to it', async () => {
    await using opened = await openAs('/limits');
    const { page } = opened;
    const keyboard = page.keyboard;
    await page.getByRole('link', { name: 'Chains' }).focus();
    await keyboard.press('?');
    await page.getByRole('dialog', { name: 'Shortcuts' }).waitFor();
    // Behind the dialog nothing is reached.
    await keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Shortcuts' }).waitFor({ state: 'hidden' });
    expect(await focused(page)).toBe('Chains');

    await keyboard.press('g');
    await keyboard.press('r');
    const rows = page.locator('[data-row]');
    await rows.nth(2).waitFor();
    expect(new URL(page.url()).pathname).toBe('/ui/requests');
    await keyboard.press('/');
    expect(await focused(page)).toBe('Request id');
    await keyboard.type('gk?j');
    expect(await page.getByLabel('Request id').inputValue()).toBe('gk?j');
    await keyboard.press('Escape');

    const isFocused = (nth: number): Promise<boolean> =>
      rows.nth(nth).evaluate((row) => row === row.ownerDocument.activeElement);
    await keyboard.press('j');
    expect(await isFocused(0)).toBe(true);
    await keyboard.press('j');
    await keyboard.press('j');
    await keyboard.press('k');
    expect(await isFocused(1)).toBe(true);
    const href = await rows.nth(1).getAttribute('href');
    await keyboard.press('Enter');
    await page.getByRole('group', { name: /^Waterfall/ }).waitFor();
    expect(new URL(page.url()).pathname).toBe(href);
    await keyboard.press('Escape');
    await rows.nth(2).waitFor();
    await expect.poll(() => isFocused(1)).toBe(true);
  });

  test('reads a waterfall: one tab stop, arrows, ends, the commit, the line to copy, and the table', async () => {
    const [newest] = await loggedRequests(rig, 3);
    await using opened = await openAs(`/requests/${newest?.id}`);
    const { page } = opened;
    const keyboard = page.keyboard;
    const picture = page.getByRole('group', { name: /^Waterfall of 2 steps/ });
    const readout = page.locator('.readout').getByRole('status');
    await picture.waitFor();
    const items = picture.getByRole('listitem');
    const labels = await items.evaluateAll((each) => each.map((item) => item.getAttribute('aria-label') ?? ''));
    expect(await picture.locator('[tabindex="0"]').count()).toBe(1);
    await tabTo(page, picture.locator('[tabindex="0"]'));
    // What is read first is why the first entry's answer was not used.
    expect(await focused(page)).toMatch(/^Entry 1, failed, at .*HTTP 500/);

    /** Presses a key, and resolves with the place of the item that then has the focus and is read. */
    const press = async (key: string): Promise<number> => {
      await keyboard.press(key);
      const label = await focused(page);
      expect((await readout.innerText()).replace(/\s+/g, ' ')).toBe(label.replace(/^(Entry \d, [^,]*),/, '$1'));
      expect(await picture.locator('[tabindex="0"]').count()).toBe(1);
      return labels.indexOf(label);
    };
    const last = labels.length - 1;
    expect(await press('Home')).toBe(0);
    expect(await press('ArrowLeft')).toBe(0);
    expect(await press('ArrowRight')).toBe(1);
    expect(await press('End')).toBe(last);
    expect(await press('ArrowRight')).toBe(last);
    expect(labels[await press('ArrowUp')]).toMatch(/^Entry 1/);
    expect(labels[await press('ArrowDown')]).toMatch(/^Entry 2/);
    expect(labels[await press('c')]).toMatch(/^Entry 2, streaming/);
    await keyboard.press('Enter');
    await page.getByText('Line copied').waitFor();
    const copied = await page.evaluate<string>('navigator.clipboard.readText()');
    expect(copied).toContain('Entry 2, streaming');

    await keyboard.press('t');
    const table = page.locator('figure table');
    expect(await table.getByRole('row').count()).toBe(3);
    expect(await focused(page)).toBe('As a picture');
    await keyboard.press('t');
    await picture.waitFor();
    await table.waitFor({ state: 'detached' });
  });

  test('makes a tenant and a key, rotates and revokes it, and each dialog gives the focus back', async () => {
    await using opened = await openAs('/keys');
    const { page } = opened;
    const keyboard = page.keyboard;
    const button = (name: string): Locator => page.getByRole('button', { name, exact: true });
    const dialog = page.getByRole('dialog');

    for (const close of ['Escape', 'Enter']) {
      await pressOn(page, button('Create a tenant'));
      await dialog.waitFor();
      if (close === 'Enter') await tabTo(page, dialog.getByRole('button', { name: 'Close' }));
      await keyboard.press(close);
      await dialog.waitFor({ state: 'hidden' });
      expect([close, await focused(page)]).toEqual([close, 'Create a tenant']);
    }
    await keyboard.press('Enter');
    await tabTo(page, dialog.getByLabel('Name'));
    await keyboard.type('acme');
    await keyboard.press('Enter');
    await button('Edit tenant acme').waitFor();
    await expect.poll(() => focused(page)).toBe('Create a tenant');

    await pressOn(page, button('Create a key'));
    await tabTo(page, dialog.getByLabel('Name'));
    await keyboard.type('nightly');
    await tabTo(page, dialog.getByLabel('Tenant'));
    await keyboard.type('acme');
    await tabTo(page, button('Create'));
    await keyboard.press('Enter');
    const made = await secretIn(dialog);
    expect((await ask(rig, '/v1/key', { key: made })).body).toMatchObject({ name: 'nightly', tenant: 'acme' });
    await keyboard.press('Escape');
    expect(await focused(page)).toBe('Create a key');

    await page.getByRole('link', { name: 'nightly' }).waitFor();
    await tabTo(page, page.getByRole('link', { name: 'nightly' }));
    await keyboard.press('Enter');
    await pressOn(page, button('Rotate'));
    await tabTo(page, dialog.getByRole('button', { name: 'Rotate' }));
    await keyboard.press('Enter');
    const rotated = await secretIn(dialog);
    expect(rotated).not.toBe(made);
    expect((await ask(rig, '/v1/key', { key: rotated })).status).toBe(200);
    await keyboard.press('Escape');
    expect(await focused(page)).toBe('Rotate');

    for (const path of [new URL(page.url()).pathname.slice('/ui'.length), ...Object.values(DASHBOARD_PAGES)]) {
      await openSettled(page, `${rig.url}/ui${path}`);
      const html = await page.content();
      expect([path, html.includes(made), html.includes(rotated)]).toEqual([path, false, false]);
    }

    await openSettled(page, `${rig.url}/ui/keys`);
    await tabTo(page, page.getByRole('link', { name: 'nightly' }));
    await keyboard.press('Enter');
    await pressOn(page, button('Revoke'));
    const name = dialog.getByLabel('Type nightly to confirm');
    await tabTo(page, name);
    await keyboard.type('night');
    await keyboard.press('Enter');
    expect(await dialog.getByRole('button', { name: 'Revoke' }).isDisabled()).toBe(true);
    await keyboard.type('ly');
    await keyboard.press('Enter');
    await dialog.waitFor({ state: 'hidden' });
    await page.getByText('revoked').first().waitFor();
    expect(await button('Revoke').count()).toBe(0);
    // The button that opened the dialog is gone; the focus stays on the page.
    await expect.poll(() => page.evaluate<string>('document.activeElement.id')).toBe('page');
    expect((await ask(rig, '/v1/key', { key: rotated })).status).toBe(401);
  });
});

/** The name of the element that has the focus: its label, or its text. */
function focused(page: Page): Promise<string> {
  return page.evaluate<string>(
    `(document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent).trim()`,
  );
}

/** Presses Tab until an element has the focus. Fails where that takes a whole round. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  for (let presses = 0; presses < 100; presses += 1) {
    if (await target.evaluate((element) => element === element.ownerDocument.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach ${String(target)}.`);
}

/** Reaches a control by Tab, and presses it. */
async function pressOn(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press('Enter');
}

/** The secret that a dialog shows. */
async function secretIn(dialog: Locator): Promise<string> {
  await dialog.getByText('is shown this once').waitFor();
  return dialog.locator('pre').first().innerText();
}
