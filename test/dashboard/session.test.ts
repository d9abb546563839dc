import { createServer } from 'node:http';
import type { Page, Response } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appRouter } from '../../src/router/app-router.ts';
import { definitionsOf } from '../../src/router/definitions.ts';
import { CHROMIUM, inChromium, startBrowser, type TestBrowser } from '../helpers/browser.ts';
import { DASHBOARD_PAGES, keptBy, logInByForm, openSettled } from '../helpers/dashboard.ts';
import { type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { listenOnLoopback } from '../helpers/listen.ts';
import { ADMIN_KEY, ask, loggedRequests, startOnStore } from '../helpers/store-gateway.ts';
import { type Folder, temporaryFolder } from '../helpers/store.ts';

const CALLER_KEY = 'key-of-a-caller-0123456789';
const VIEWER_KEY = 'key-of-a-viewer-0123456789';

/** Everything that can be pressed on the pages of a viewer. None of it changes anything but the page; `Send` calls a model. */
const VIEWERS = new Set(
  [
    ['Theme: system. Change it to light', 'Show the shortcuts', 'log out', 'Menu', 'Try again', 'Copy', 'Copy id'],
    ['1 h', '24 h', '7 d', '30 d', '90 d', '1 y', 'own', 'table', 'As a table', 'As JSON', 'Save as CSV'],
    ['key', 'tenant', 'chain', 'provider', 'model', 'day', 'Near or out', 'Pause live', 'Newer', 'Older'],
    ['Previous', 'Next', 'First page', 'Next page', 'Newest', 'Explain a request', 'Show the overview'],
    ['form', 'Send', 'Compare with another entry', 'curl', 'openai, Node', 'openai, Python', 'typed client'],
  ].flat(),
);

describe.skipIf(CHROMIUM === undefined)(inChromium('a session in a browser'), () => {
  let browser: TestBrowser;
  let folder: Folder;
  let rig: Rig;
  beforeAll(async () => {
    folder = temporaryFolder();
    const keys = [
      { name: 'root', key: ADMIN_KEY, role: 'admin' as const },
      { name: 'reader', key: VIEWER_KEY, role: 'viewer' as const },
      { name: 'app', key: CALLER_KEY },
    ];
    [browser, rig] = await Promise.all([startBrowser(), startOnStore(folder.file, { auth: { keys } })]);
    await ask(rig, '/v1/keys', { body: { name: 'victor', role: 'caller' } });
    await ask(rig, '/v1/tenants', { body: { name: 'acme' } });
    await ask(rig, '/v1/chat/completions', { body: HELLO });
  });
  afterAll(async () => {
    await Promise.all([browser?.[Symbol.asyncDispose](), rig?.[Symbol.asyncDispose]()]);
    folder?.[Symbol.dispose]();
  });

  test('begins at any page with the key of a viewer, leads to that page, and lasts until it is ended', async () => {
    await using opened = await browser.open();
    const { page } = opened;
    await page.goto(`${rig.url}/ui/usage?by=model`);
    for (const [key, words] of [
      ['wrong', 'invalid_api_key'],
      [CALLER_KEY, 'forbidden'],
    ] as const) {
      await logInByForm(page, key);
      await page.getByRole('alert').getByText(words).waitFor();
      expect(await page.getByRole('alert').innerText()).toContain('You are not logged in.');
      expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Log in');
    }
    await logInByForm(page, VIEWER_KEY);
    await page.getByRole('heading', { name: 'Usage' }).waitFor();
    expect(new URL(page.url()).searchParams.get('by')).toBe('model');
    expect(await keptBy(page)).not.toContain(VIEWER_KEY);
    const cookies = await page.context().cookies();
    expect(cookies).toMatchObject([{ httpOnly: true, sameSite: 'Strict', name: 'spillway_session' }]);
    expect(JSON.stringify(cookies)).not.toContain(VIEWER_KEY);

    await page.reload();
    await page.getByRole('heading', { name: 'Usage' }).waitFor();
    // The live view ends with the session, and shows the login before the answer has taken the cookie.
    const ended = page.waitForResponse(/sessions\.delete/);
    await page.getByRole('button', { name: 'log out' }).click();
    await ended;
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    expect(await page.context().cookies()).toEqual([]);
    // The former cookie opens nothing, wherever it was copied to.
    await page.context().addCookies(cookies);
    await page.reload();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
  });

  test('ends with its key: the page is a login again', async () => {
    const { body: made } = await ask(rig, '/v1/keys', { body: { name: 'leaver', role: 'viewer' } });
    await using opened = await browser.open();
    const { page } = opened;
    await page.goto(`${rig.url}/ui/requests`);
    await logInByForm(page, made.secret);
    await page.getByRole('heading', { name: 'Requests' }).waitFor();
    await ask(rig, `/v1/keys/${made.id}/revoke`, { body: {} });
    // The page does not wait for its next query, which may be long after.
    await page.getByRole('heading', { name: 'Log in' }).waitFor({ timeout: 8000 });
    expect(await page.getByText('leaver').count()).toBe(0);
  });

  test('shows the next session nothing that the former one has seen', async () => {
    const [all, own] = await Promise.all([
      ask(rig, '/v1/keys', { body: { name: 'of all tenants', role: 'viewer' } }),
      ask(rig, '/v1/keys', { body: { name: 'of acme', role: 'viewer', tenant: 'acme' } }),
    ]);
    await using opened = await browser.open();
    const { page } = opened;
    await page.goto(`${rig.url}/ui/requests`);
    const live = page.waitForResponse(/events\.watch/);
    await logInByForm(page, all.body.secret);
    await live;
    await ask(rig, '/v1/chat/completions', { body: HELLO });
    await page.locator('[data-row]').nth(1).waitFor();
    await ask(rig, `/v1/keys/${all.body.id}/revoke`, { body: {} });
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    const read = page.waitForResponse(/requests\.list/);
    const followed = page.waitForResponse(/events\.watch/);
    await logInByForm(page, own.body.secret);
    await Promise.all([read, followed]);
    await page.getByText('There are no requests of this time').waitFor({ timeout: 5000 });
    expect(await page.locator('[data-row]').count()).toBe(0);
  });

  test('of a viewer offers no change on any page, and none works from the page', async () => {
    await using opened = await browser.open();
    const { page } = opened;
    await page.goto(`${rig.url}/ui/`);
    await logInByForm(page, VIEWER_KEY);
    await page.getByRole('navigation').waitFor();
    expect(await page.getByRole('navigation').getByRole('link', { name: 'Audit' }).count()).toBe(0);
    const { body: keys } = await ask(rig, '/v1/keys');
    const [request] = await loggedRequests(rig, 1);
    const paths = [
      ...Object.values(DASHBOARD_PAGES),
      `/keys/${keys.data.find(({ name }) => name === 'victor')?.id}`,
      `/requests/${request?.id}`,
    ];
    const controls: string[] = [];
    for (const path of paths) {
      await openSettled(page, `${rig.url}/ui${path}`);
      controls.push(...(await controlsOf(page)));
    }
    expect(new Set(controls).size).toBeGreaterThan(20);
    expect([...new Set(controls)].filter((name) => !VIEWERS.has(name))).toEqual([]);

    const mutations = [...definitionsOf(appRouter)].flatMap(([path, { type, meta }]) =>
      type === 'mutation' && meta?.access === 'admin' ? [path] : [],
    );
    expect(mutations.length).toBeGreaterThan(8);
    expect(await statusesOf(page, mutations, { 'x-spillway-dashboard': '1' })).toEqual(mutations.map(() => 403));
    expect(await statusesOf(page, mutations, {})).toEqual(mutations.map(() => 401));
  });

  test('of an admin is of no use to a page of another origin, and neither is a gateway without keys', async () => {
    await using keyless = await startRig([{}]);
    await using elsewhere = await serveEmptyPage();
    await using opened = await browser.open();
    const { page } = opened;
    await page.goto(`${rig.url}/ui/keys`);
    await logInByForm(page, ADMIN_KEY);
    await page.getByRole('button', { name: 'Create a key' }).waitFor();
    await openSettled(page, `${keyless.url}/ui/`);
    expect(await page.getByRole('navigation').isVisible()).toBe(true);

    const answers: Response[] = [];
    page.on('response', (response) => {
      if (response.url().includes('/trpc/')) answers.push(response);
    });
    await page.goto(elsewhere.url);
    for (const url of [rig.url, keyless.url])
      for (const path of ['tenants.create', 'sessions.retrieve', 'chains.status'])
        expect(await callFromElsewhere(page, `${url}/trpc/${path}`)).toBe('blocked');
    // The browser itself stops only what is not simple: a form's request is sent, with the cookie.
    expect(answers.length).toBeGreaterThan(3);
    const read = answers.filter((answer) => answer.ok() && !answer.url().includes('sessions.retrieve'));
    expect(read.map((answer) => `${answer.request().method()} ${answer.url()}`)).toEqual([]);
    expect((await ask(rig, '/v1/tenants')).body.data.map(({ name }) => name)).toEqual(['acme']);
  });
});

/** The names of all that can be pressed on a page, and `form` for each form. */
async function controlsOf(page: Page): Promise<string[]> {
  const controls = page.locator('button, form, input[type=submit], [role=button]');
  return controls.evaluateAll((elements) =>
    elements.map((element) =>
      element.tagName === 'FORM' ? 'form' : `${element.getAttribute('aria-label') ?? element.textContent}`.trim(),
    ),
  );
}

/** The statuses of calls that a script of the page sends. */
function statusesOf(page: Page, paths: readonly string[], headers: Record<string, string>): Promise<number[]> {
  const call = `async ([paths, headers]) => Promise.all(paths.map(async (path) => (await fetch('/trpc/' + path, {
    method: 'POST', body: '{}', headers: { 'content-type': 'application/json', ...headers },
  })).status))`;
  return page.evaluate<number[]>(`(${call})(${JSON.stringify([paths, headers])})`);
}

/** What a page of another origin gets, by each way that browsers give to it: `blocked`, unless an answer could be read. */
function callFromElsewhere(page: Page, url: string): Promise<string> {
  const call = `async (url) => {
    const body = JSON.stringify({ name: 'stolen' });
    const ways = [
      {},
      { method: 'POST', body, headers: { 'content-type': 'application/json', 'x-spillway-dashboard': '1' } },
      { method: 'POST', body, headers: { 'content-type': 'text/plain' } },
      { method: 'POST', body, mode: 'no-cors' },
    ];
    const read = await Promise.all(ways.map((way) => fetch(url, { credentials: 'include', ...way }).then(
      (answer) => answer.type === 'opaque' ? '' : answer.text(),
      () => '',
    )));
    return read.join('') || 'blocked';
  }`;
  return page.evaluate<string>(`(${call})(${JSON.stringify(url)})`);
}

/** A server of another origin on this machine. */
async function serveEmptyPage(): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<title>x</title>'));
  const url = `http://127.0.0.1:${await listenOnLoopback(server)}/`;
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
