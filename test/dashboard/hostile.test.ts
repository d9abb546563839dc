import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openaiError, responder } from '../../src/testing/index.ts';
import { CHROMIUM, inChromium, startBrowser, type TestBrowser } from '../helpers/browser.ts';
import { DASHBOARD_PAGES, keptBy, logInByForm, openSettled, overflowOf } from '../helpers/dashboard.ts';
import { post, type Rig } from '../helpers/gateway.ts';
import { ADMIN_KEY, ask, loggedRequests, startOnStore } from '../helpers/store-gateway.ts';
import { type Folder, temporaryFolder } from '../helpers/store.ts';

const MARKUP = '<img src=x onerror=alert(1)>';
/** Right to left, an override that is never closed, control characters, and what ends a script. */
const ODD = '\u05E9\u05DC\u05D5\u05DD\u202Egnp.exe\u0007\u0000</script>{{1}}';
const LONG = 'long'.repeat(2500);
const PROMPT = 'canary of a prompt 5fd1';
const PROVIDER_KEY = 'sk-canary-of-a-provider-8842';
/** The greatest height of a page here, in pixels: ten kilobytes of a name would push the rest away. */
const MOST_HEIGHT = 6000;
/** What no page may contain. */
const CANARIES = [PROMPT, PROVIDER_KEY, ADMIN_KEY];

describe.skipIf(CHROMIUM === undefined)(inChromium('hostile texts in a browser'), () => {
  let browser: TestBrowser;
  let folder: Folder;
  let rig: Rig;
  let paths: readonly string[];
  let secret: string;
  beforeAll(async () => {
    folder = temporaryFolder();
    const failing = openaiError(500, `${MARKUP} ${ODD} ${LONG}`, { code: MARKUP });
    const scripts = [failing, responder({ content: `${MARKUP} ${ODD}`, usage: true })];
    const name = `chain ${MARKUP}`;
    [browser, rig] = await Promise.all([
      startBrowser(),
      startOnStore(
        folder.file,
        {
          provider: { apiKey: PROVIDER_KEY },
          config: {
            log: { vendorMessages: true },
            chains: {
              default: { entries: ['a/model-a', `b/${MARKUP}`] },
              [name]: { entries: [`a/${LONG.slice(0, 200)}`, 'b/model-b'] },
            },
          },
        },
        scripts,
      ),
    ]);
    const { body: key, status } = await ask(rig, '/v1/keys', {
      body: { name: MARKUP, note: `${MARKUP} ${ODD.replace('\u0000', '')}` },
    });
    expect(status).toBe(200);
    secret = key.secret;
    await ask(rig, '/v1/keys', { body: { name: 'שלום'.repeat(20) } });
    const bodies = [
      { model: name, user: MARKUP },
      { model: 'default', user: ODD.replace('\u0000', ''), stream: true },
      { model: LONG },
      { model: MARKUP, user: LONG },
    ];
    for (const body of bodies) {
      const headers = { authorization: `Bearer ${secret}`, 'x-spillway-tags': 'a-tag' };
      const messages = [{ role: 'user', content: PROMPT }];
      await (await post(fetch, `${rig.url}/v1/chat/completions`, { ...body, messages }, { headers })).text();
    }
    const logged = await loggedRequests(rig, 3);
    paths = [
      ...Object.values(DASHBOARD_PAGES),
      `/keys/${key.id}`,
      ...logged.map(({ id }) => `/requests/${id}`),
      `/requests?user=${encodeURIComponent(MARKUP)}`,
      `/requests/${encodeURIComponent(MARKUP)}`,
      `/playground?models=${encodeURIComponent(JSON.stringify([MARKUP, LONG]))}`,
      `/keys?search=${encodeURIComponent(MARKUP)}`,
    ];
  });
  afterAll(async () => {
    await Promise.all([browser?.[Symbol.asyncDispose](), rig?.[Symbol.asyncDispose]()]);
    folder?.[Symbol.dispose]();
  });

  test('are text on every page, within its width, and no secret and no prompt is anywhere', async () => {
    await using opened = await browser.open({ viewport: { width: 390, height: 800 } });
    const { page } = opened;
    const dialogs: string[] = [];
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    await page.goto(`${rig.url}/ui/`);
    await logInByForm(page, ADMIN_KEY);
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    const shown: string[] = [];
    const faults: string[] = [];
    for (const path of paths) {
      await openSettled(page, `${rig.url}/ui${path}`);
      for (const width of [390, 920, 1110, 1280]) {
        await page.setViewportSize({ width, height: 800 });
        const pixels = await overflowOf(page);
        if (pixels > 0) faults.push(`${path}: ${pixels} px too wide at ${width} px`);
      }
      const { html, text, made, height } = await readPage(page);
      shown.push(text);
      if (made > 0) faults.push(`${path}: ${made} elements of a text`);
      if (height > MOST_HEIGHT) faults.push(`${path}: ${height} px high`);
      const all = html + (await keptBy(page));
      for (const canary of [...CANARIES, secret]) if (all.includes(canary)) faults.push(`${path}: ${canary}`);
    }
    expect(faults).toEqual([]);
    // The texts were there, as they were sent.
    expect(shown.filter((text) => text.includes(MARKUP)).length).toBeGreaterThan(6);
    expect(shown.filter((text) => text.includes('</script>{{1}}')).length).toBeGreaterThan(0);
    expect(dialogs).toEqual([]);
    expect(opened.violations).toEqual([]);
    expect(opened.foreign).toEqual([]);
    expect(opened.errors.filter((error) => !error.startsWith('Failed to load resource'))).toEqual([]);
  });

  test('of an answer are text in the playground', async () => {
    await using opened = await browser.open();
    const { page, violations, errors } = opened;
    await page.goto(`${rig.url}/ui/playground?models=${encodeURIComponent(JSON.stringify(['default']))}`);
    await logInByForm(page, ADMIN_KEY);
    await page.getByRole('textbox', { name: 'Prompt', exact: true }).fill(`${MARKUP}' "$(id)`);
    await page.keyboard.press('Control+Enter');
    await page.getByRole('region', { name: 'Answer of default' }).getByText(MARKUP).first().waitFor();
    expect((await readPage(page)).made).toBe(0);
    expect(violations).toEqual([]);
    expect(errors.filter((error) => !error.startsWith('Failed to load resource'))).toEqual([]);
  });
});

interface ReadPage {
  readonly html: string;
  readonly text: string;
  /** Elements that a text has made, if there are any: the dashboard has none of their kind. */
  readonly made: number;
  /** Of the document, in pixels. */
  readonly height: number;
}

function readPage(page: Page): Promise<ReadPage> {
  return page.evaluate<ReadPage>(`({
    html: document.documentElement.outerHTML,
    text: document.body.innerText + [...document.querySelectorAll('input')].map(({ value }) => value).join(' '),
    made: document.querySelectorAll('img, [onerror], iframe, object').length,
    height: document.documentElement.scrollHeight,
  })`);
}
