import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The program of Chromium, from Debian's package or PATH; undefined where it is not installed. */
export const CHROMIUM = ['/usr/bin', ...(process.env['PATH'] ?? '').split(':')]
  .flatMap((folder) => NAMES.map((name) => join(folder, name)))
  .find((file) => existsSync(file));

/** The title of tests that need a browser, with the reason where they are skipped. */
export function inChromium(title: string): string {
  return CHROMIUM === undefined ? 'skipped: chromium not found' : title;
}

/** A page in a browser context of its own: it shares no cookie, storage or cache with others. Dispose closes both. */
export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** What the content security policy has stopped so far, each as `directive: URL`. */
  readonly violations: readonly string[];
  /** Errors that scripts have thrown or logged so far. The browser logs requests that fail as well. */
  readonly errors: readonly string[];
  /** URLs on other origins than the page's own that were requested so far. */
  readonly foreign: readonly string[];
}

/** A browser of one test file. Dispose ends its process. */
export interface TestBrowser extends AsyncDisposable {
  /** Opens an empty page. */
  readonly open: (options?: BrowserContextOptions) => Promise<OpenPage>;
}

/** Starts Chromium without a window. Rejects where it is not installed: skip the tests by `CHROMIUM`. */
export async function startBrowser(): Promise<TestBrowser> {
  const browser = await chromium.launch({
    ...(CHROMIUM === undefined ? {} : { executablePath: CHROMIUM }),
    // The sandbox needs privileges that containers have not; and their /dev/shm is small.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    // Vitest has its own handlers, which a test file must not add to.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  return {
    open: async (options) => {
      const context = await browser.newContext(options);
      // Below the limit of a test, so that the error says what was waited for.
      context.setDefaultTimeout(15_000);
      const page = await context.newPage();
      const watched = await watch(page);
      return { page, ...watched, [Symbol.asyncDispose]: () => context.close() };
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

/** Runs in every document before its own scripts. The binding is playwright's, which no policy concerns. */
const REPORT = `addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
  reportViolation(effectiveDirective + ': ' + blockedURI));`;

async function watch(page: Page): Promise<Pick<OpenPage, 'violations' | 'errors' | 'foreign'>> {
  const violations: string[] = [];
  const errors: string[] = [];
  const foreign: string[] = [];
  await page.exposeFunction('reportViolation', (text: string) => void violations.push(text));
  await page.addInitScript(REPORT);
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    // The first request is the one that navigates to the page.
    const own = request.isNavigationRequest() ? url.origin : new URL(request.frame().url()).origin;
    if (url.protocol.startsWith('http') && url.origin !== own) foreign.push(url.href);
  });
  return { violations, errors, foreign };
}
