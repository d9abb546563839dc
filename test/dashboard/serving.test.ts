import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, inChromium, type OpenPage, startBrowser, type TestBrowser } from '../helpers/browser.ts';
import { type Rig, type RigOptions, startRig } from '../helpers/gateway.ts';
import { MOUNTS } from '../helpers/mounts.ts';

const KEYED: RigOptions = {
  config: { auth: { keys: [{ name: 'ci', key: 'spillway-key-of-a-caller', role: 'admin' }] } },
};

/** Opens a URL and waits until the dashboard's scripts have drawn something. */
async function drawn({ page }: OpenPage, url: string): Promise<void> {
  await page.goto(url);
  await page.locator('#root :is(main, form, h1)').first().waitFor();
}

describe.skipIf(CHROMIUM === undefined)(inChromium('the dashboard in a browser'), () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser?.[Symbol.asyncDispose]());

  test.each<[string, (rig: Rig) => Promise<string>, RigOptions | undefined]>([
    ['a gateway without keys', ({ url }) => Promise.resolve(url), undefined],
    ['a gateway with keys', ({ url }) => Promise.resolve(url), KEYED],
    [
      'a gateway below a base path',
      ({ url }) => Promise.resolve(`${url}/llm`),
      { config: { server: { basePath: '/llm' } } },
    ],
    ['a mount below a prefix', async (rig) => (await MOUNTS['a server of Node'](rig)).url, KEYED],
  ])('of %s runs within its policy, at its root and at a page of its own', async (_, urlOf, options) => {
    await using rig = await startRig([{}], options);
    const url = await urlOf(rig);
    await using opened = await browser.open();
    await drawn(opened, url);
    expect(opened.page.url().startsWith(`${url}/ui/`)).toBe(true);
    await drawn(opened, `${url}/ui/requests/req_none`);
    expect(opened.violations).toEqual([]);
    expect(opened.foreign).toEqual([]);
    expect(opened.errors.filter((text) => !text.startsWith('Failed to load resource'))).toEqual([]);
  });

  test('stops styles, scripts and pictures that are not files of its own server', async () => {
    await using rig = await startRig([{}]);
    await using opened = await browser.open();
    const { page, violations, foreign } = opened;
    await drawn(opened, rig.url);
    await page.evaluate(`
      const add = (name, members) => document.body.append(Object.assign(document.createElement(name), members));
      add('style', { textContent: '#root { display: none }' });
      add('img', { src: 'https://elsewhere.example/pixel.png' });
    `);
    const script = `document.createElement('p').setAttribute('onclick', 'document.title = 1')`;
    await expect(page.evaluate(script)).rejects.toThrow('TrustedScript');
    await expect
      .poll(() => violations.toSorted())
      .toEqual([
        'img-src: https://elsewhere.example/pixel.png',
        'require-trusted-types-for: trusted-types-sink',
        'style-src-elem: inline',
      ]);
    expect(foreign).toEqual(['https://elsewhere.example/pixel.png']);
    expect(await page.locator('#root').isVisible()).toBe(true);
  });
});
