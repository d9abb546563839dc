import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chatStream, chunk, openaiError, type Reply } from '../../src/testing/index.ts';
import { CHROMIUM, inChromium, type OpenPage, startBrowser, type TestBrowser } from '../helpers/browser.ts';
import { type Rig, startRig } from '../helpers/gateway.ts';
import { type Folder, temporaryFolder } from '../helpers/store.ts';

/** One word, and then nothing for as long as the client stays. */
const ENDLESS: Reply = {
  headers: { 'content-type': 'text/event-stream' },
  chunks: [chunk({ delta: { role: 'assistant', content: 'Endless' } })],
  end: 'hang',
};
const BUSY = openaiError(429, 'Rate limit reached.', { code: 'rate_limit_exceeded', headers: { 'retry-after': '60' } });

describe.skipIf(CHROMIUM === undefined)(inChromium('the playground in a browser'), () => {
  let browser: TestBrowser;
  let folder: Folder;
  let rig: Rig;
  beforeAll(async () => {
    folder = temporaryFolder();
    const price = { input: 1, output: 2 };
    [browser, rig] = await Promise.all([
      startBrowser(),
      startRig([BUSY, chatStream({ content: 'The answer of b', usage: true }), ENDLESS], {
        config: { store: { url: `sqlite:${folder.file}` } },
        providers: { b: { models: { 'model-b': { price } } } },
      }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([browser?.[Symbol.asyncDispose](), rig?.[Symbol.asyncDispose]()]);
    folder?.[Symbol.dispose]();
  });

  /** The page with two columns and a prompt. */
  async function withPrompt(): Promise<OpenPage> {
    const opened = await browser.open();
    const models = encodeURIComponent(JSON.stringify(['default', 'c/model-c']));
    await opened.page.goto(`${rig.url}/ui/playground?models=${models}`);
    await opened.page.getByRole('textbox', { name: 'Prompt', exact: true }).fill('Say something.');
    return opened;
  }

  test('streams two answers side by side, stops the provider of one, and leads to the waterfall of the other', async () => {
    await using opened = await withPrompt();
    const { page, violations, errors, foreign } = opened;
    await page.keyboard.press('Control+Enter');
    const left = page.getByRole('region', { name: 'Answer of default' });
    const right = page.getByRole('region', { name: 'Answer of c/model-c' });
    // The word of the stream that has no end is shown beside the answer that is complete.
    await right.getByText('Endless').waitFor();
    await left.getByText('The answer of b').waitFor();
    const boxes = await Promise.all([left.boundingBox(), right.boundingBox()]);
    expect(boxes[0]?.y).toBe(boxes[1]?.y);

    await left.getByText('after 1 failed attempt').waitFor();
    expect(await factsOf(left)).toMatchObject({ 'Tokens in, out': '9, 12', Cost: '$0.000033' });
    expect((await factsOf(left))['First token']).toMatch(/^\d+ ms$|^\d.\d\d s$/);
    expect((await factsOf(right))['Tokens in, out']).toBe('–');

    expect(rig.upstreams[2]?.hits[0]?.closedAt).toBeUndefined();
    await right.getByRole('button', { name: 'Stop' }).click();
    await rig.upstreams[2]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
    await right.getByText('stopped').waitFor();
    expect(await right.getByRole('button', { name: 'Stop' }).count()).toBe(0);
    const runs = () => rig.finished().filter(({ chain }) => chain !== undefined);
    await expect.poll(() => runs().map(({ code }) => code)).toEqual(['ok', 'client_closed']);
    expect(JSON.parse(String(rig.upstreams[2]?.hits[0]?.body))).toMatchObject({
      model: 'model-c',
      stream: true,
      messages: [{ role: 'user', content: 'Say something.' }],
    });

    await left.getByRole('link', { name: 'Waterfall' }).click();
    await page.getByRole('group', { name: /^Waterfall of 2 steps/ }).waitFor();
    expect(await page.locator('main').innerText()).toContain(runs()[0]?.requestId);
    expect({ violations, errors, foreign }).toEqual({ violations: [], errors: [], foreign: [] });
  });

  test('shows the same request as code for each client', async () => {
    await using opened = await withPrompt();
    const { page } = opened;
    const clients = page.getByRole('group', { name: 'Client' }).getByRole('button');
    const samples = new Set<string>();
    for (const client of await clients.all()) {
      await client.click();
      expect(await client.getAttribute('aria-pressed')).toBe('true');
      const text = await page.locator('section', { hasText: 'The same request in code' }).locator('pre').innerText();
      for (const part of ['Say something.', 'default', rig.url]) expect(text).toContain(part);
      samples.add(text);
    }
    expect(samples.size).toBeGreaterThan(3);
    expect(samples.size).toBe(await clients.count());
  });
});

/** What a column says of its answer, by the labels. */
async function factsOf(column: ReturnType<Page['getByRole']>): Promise<Record<string, string>> {
  const facts = await column.locator('dl > div').all();
  return Object.fromEntries(
    await Promise.all(
      facts.map(async (fact) => [await fact.locator('dt').innerText(), await fact.locator('dd').innerText()]),
    ),
  ) as Record<string, string>;
}
