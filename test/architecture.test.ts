import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseSync } from 'oxc-parser';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const ARCHITECTURE = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');

/** The one ordered list of ARCHITECTURE.md: a folder imports from itself and from folders before it, types included. */
const ORDER = (/^`(lib, domain, [^`]+)`$/m.exec(ARCHITECTURE)?.[1] ?? '').split(/,\s+/);
/** Folders whose imports are narrower than the order allows. */
const ONLY: Readonly<Record<string, readonly string[]>> = {
  lib: ['lib'],
  testing: ['lib', 'sse', 'testing'],
  domain: ['lib', 'domain'],
};
const SRC = join(ROOT, 'src');
const files = globSync('**/*.{ts,cjs}', { cwd: SRC });

function importsOf(source: string, name: string): string[] {
  const { module } = parseSync(name, source);
  const fixed = module.staticImports.map(({ moduleRequest }) => moduleRequest.value);
  const exported = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
  );
  const dynamic = module.dynamicImports.map(({ moduleRequest }) =>
    source.slice(moduleRequest.start + 1, moduleRequest.end - 1),
  );
  return [...fixed, ...exported, ...dynamic];
}

function place(file: string): string {
  return file.split('/')[0] ?? '';
}

function breaches(file: string, source: string): string[] {
  const from = place(file);
  if (!ORDER.includes(from)) return [`${file}: ${from} is not in the list`];
  return importsOf(source, file)
    .filter((request) => request.startsWith('.'))
    .map((request) => relative(SRC, join(SRC, dirname(file), request)))
    .filter((target) => !target.startsWith('..'))
    .filter((target) => {
      const to = place(target);
      return ORDER.indexOf(to) > ORDER.indexOf(from) || ORDER.indexOf(to) === -1 || !(ONLY[from] ?? ORDER).includes(to);
    })
    .map((target) => `${file} imports ${target}`);
}

test('a folder imports only itself and folders before it', () => {
  expect(files.length).toBeGreaterThan(50);
  expect(files.flatMap((file) => breaches(file, readFileSync(join(SRC, file), 'utf8')))).toEqual([]);
});

test('the list names every folder and no other', () => {
  const folders = new Set(files.map((file) => place(file)));
  expect([...folders].toSorted()).toEqual([...ORDER].toSorted());
});

test.each(['ARCHITECTURE.md', 'CONTRIBUTING.md'])('every file that %s names exists', (name) => {
  const text = readFileSync(join(ROOT, name), 'utf8');
  const paths = [...text.matchAll(/`([\w./-]+\/[\w.-]*\.(?:ts|md|json|cjs)|[a-z-]+\/[\w/-]*)`/g)].map(
    ([, path = '']) => path,
  );
  expect(paths.length).toBeGreaterThan(5);
  // A checkout has no build.
  const sources = paths.filter((path) => !path.startsWith('dist/'));
  const missing = sources.filter((path) => ![ROOT, SRC].some((base) => existsSync(join(base, path))));
  expect(missing).toEqual([]);
});

test('the check sees imports, types, re-exports and dynamic imports that go up', () => {
  expect(breaches('lib/a.ts', "import type { Call } from '../domain/call.ts';")).toHaveLength(1);
  expect(breaches('chain/a.ts', "export { walk } from '../rest/routes.ts';")).toHaveLength(1);
  expect(breaches('sse/a.ts', "await import('../http/server.ts');")).toHaveLength(1);
  expect(breaches('testing/a.ts', "import { x } from '../domain/call.ts';")).toHaveLength(1);
  expect(breaches('elsewhere/a.ts', '')).toHaveLength(1);
  expect(breaches('rest/a.ts', "import { x } from '../router/procedure.ts';")).toEqual([]);
});

test('the client needs the types of the contract, tRPC and a parser of events, and nothing of Node or the server', () => {
  const root = join(SRC, '..', 'client');
  const sources = globSync('**/*.ts', { cwd: root });
  expect(sources.length).toBeGreaterThan(3);
  const outsideOf = (names: readonly string[]): Set<string> =>
    new Set(
      names
        .flatMap((file) => importsOf(readFileSync(join(root, file), 'utf8'), file))
        .filter((request) => !request.startsWith('./')),
    );
  const allowed = ['#contract', '@trpc/client', '@trpc/server', '@trpc/server/observable', 'eventsource-parser'];
  expect(outsideOf(sources.filter((file) => file !== 'ai.ts'))).toEqual(new Set(allowed));
  expect(outsideOf(['ai.ts'])).toEqual(new Set(['@ai-sdk/openai-compatible']));
});

/** What the dashboard imports but its own files, packages of npm, and the client by its name. */
function foreignTo(file: string, source: string): string[] {
  return importsOf(source, file).filter((request) =>
    request.startsWith('.')
      ? relative(DASHBOARD, join(DASHBOARD, dirname(file), request)).startsWith('..')
      : request !== 'spillway/client' && /^(?:#|node:|spillway\b)/.test(request),
  );
}
const DASHBOARD = join(ROOT, 'dashboard');

test('the dashboard needs the client and its own packages, and nothing of the server or of Node', () => {
  const sources = globSync('**/*.{ts,tsx}', { cwd: DASHBOARD });
  expect(sources.length).toBeGreaterThan(3);
  const found = sources.flatMap((file) =>
    foreignTo(file, readFileSync(join(DASHBOARD, file), 'utf8')).map((request) => `${file} imports ${request}`),
  );
  expect(found).toEqual([]);
});

test('the check of the dashboard sees imports of the server, also those of types and of its contract', () => {
  expect(foreignTo('pages/a.tsx', "import { x } from '../../src/lib/ids.ts';")).toHaveLength(1);
  expect(foreignTo('pages/a.tsx', "import type { x } from '../../client/index.ts';")).toHaveLength(1);
  expect(foreignTo('pages/a.tsx', "import type { AppRouter } from '#contract';")).toHaveLength(1);
  expect(foreignTo('pages/a.tsx', "await import('node:fs');")).toHaveLength(1);
  expect(foreignTo('pages/a.tsx', "import { createGateway } from 'spillway';")).toHaveLength(1);
  expect(foreignTo('pages/a.tsx', "import { createClient } from 'spillway/client';")).toEqual([]);
  expect(foreignTo('pages/a.tsx', "import { useState } from 'react'; import '../parts/x.ts';")).toEqual([]);
});

test('the REST facade needs no module of Node', () => {
  const rest = files.filter((file) => file.startsWith('rest/'));
  expect(rest.length).toBeGreaterThan(5);
  const found = rest.flatMap((file) =>
    importsOf(readFileSync(join(SRC, file), 'utf8'), file).filter((request) => request.startsWith('node:')),
  );
  expect(found).toEqual([]);
});

test('node:http is imported for types only: a value of it makes Node load its own fetch', () => {
  const found = files.filter((file) =>
    parseSync(file, readFileSync(join(SRC, file), 'utf8')).module.staticImports.some(
      ({ moduleRequest, entries }) => moduleRequest.value === 'node:http' && entries.some(({ isType }) => !isType),
    ),
  );
  expect(found).toEqual([]);
});

test('AbortSignal.any is used nowhere: what it makes stays in memory for as long as a signal that it was made from', () => {
  expect(files.filter((file) => readFileSync(join(SRC, file), 'utf8').includes('AbortSignal.any('))).toEqual([]);
});
