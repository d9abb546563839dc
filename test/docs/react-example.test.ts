import { EventSource } from 'eventsource';
import { JSDOM, type PageElement } from 'jsdom';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleApp } from '../../examples/react-query/page.ts';
import { toNodeHandler } from '../../src/index.ts';
import { openaiError, responder } from '../../src/testing/index.ts';
import { hitsOf, type Rig, startRig } from '../helpers/gateway.ts';
import { serveIn } from '../helpers/mounts.ts';

type MountApp = (element: PageElement, url: string) => () => void;
let mount: MountApp;

const { window } = new JSDOM('', { url: 'http://app.test', pretendToBeVisual: true });
const { document, MutationObserver } = window;

beforeAll(async () => {
  // What React and the example use of a browser. Of these jsdom alone has no EventSource.
  const { FormData, HTMLIFrameElement } = window;
  Object.assign(globalThis, { window, document, FormData, HTMLIFrameElement, EventSource });
  const code = Buffer.from(await bundleApp()).toString('base64');
  const app: unknown = await import(/* @vite-ignore */ `data:text/javascript;base64,${code}`);
  mount = (app as { mount: MountApp }).mount;
});

// Other files share the process, and packages for browsers and servers look for `window`.
const { FormData: own } = globalThis;
afterAll(() => {
  Object.assign(globalThis, { FormData: own });
  for (const name of ['window', 'document', 'HTMLIFrameElement', 'EventSource'])
    Reflect.deleteProperty(globalThis, name);
});

/** Shows the chat of the example over the gateway of a rig. */
async function show(rig: Rig): Promise<{ root: PageElement; unmount: () => void }> {
  const url = await serveIn(
    rig,
    toNodeHandler(rig.gateway, { prefix: '/llm', principal: () => ({ principal: { id: 'visitor' } }) }),
  );
  const root = document.createElement('div');
  document.body.append(root);
  return { root, unmount: mount(root, `${url}/llm`) };
}

/** Resolves once an element satisfies a condition. */
async function until(root: PageElement, holds: () => boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const observer = new MutationObserver(() => holds() && resolve());
  observer.observe(root, { childList: true, characterData: true, subtree: true });
  if (holds()) resolve();
  await promise;
  observer.disconnect();
}

async function send(root: PageElement): Promise<void> {
  await until(root, () => root.querySelector('button') !== null);
  root.querySelector('button')?.click();
}

test('the chat shows the failover and streams the answer', async () => {
  await using rig = await startRig([openaiError(429, 'busy'), responder({ content: 'Hello to you too.' })]);
  const { root, unmount } = await show(rig);
  await send(root);
  await until(root, () => root.querySelector('output')?.textContent === 'Hello to you too.');
  const attempts = Array.from(root.querySelectorAll('li'), ({ textContent }) => textContent);
  expect(attempts).toEqual(['1. a failed: throttled', expect.stringMatching(/^2\. b answers after \d+(\.\d+)? ms$/)]);
  unmount();
  expect(hitsOf(rig)).toEqual([1, 1]);
});

test('the chat cancels its answer when it unmounts', async () => {
  await using rig = await startRig([responder({ content: 'drop '.repeat(2000), delay: 5 })]);
  const { root, unmount } = await show(rig);
  await send(root);
  await until(root, () => root.querySelector('output')?.textContent.includes('drop drop') === true);
  unmount();
  await rig.upstreams[0]?.until(({ hits }) => hits[0]?.closedAt !== undefined);
  await rig.ended(2);
  expect(rig.codes()).toEqual(['client_closed', 'ok', 'run_cancelled']);
});

test('the chat shows why no provider answers', async () => {
  await using rig = await startRig([openaiError(500, 'down')]);
  const { root, unmount } = await show(rig);
  await send(root);
  await until(root, () => root.textContent.includes('failed: No'));
  unmount();
});
