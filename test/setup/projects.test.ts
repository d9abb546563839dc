import { globSync, readFileSync } from 'node:fs';
import { dirname, join, matchesGlob, relative } from 'node:path';
import { parseSync } from 'oxc-parser';
import { expect, test } from 'vitest';
import config from '../../vitest.config.ts';
import { type ProjectFiles, PROJECTS } from './projects.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FILES = globSync('test/**/*.test.ts', { cwd: ROOT });

/** What opens sockets or starts processes: modules, and functions of `src` by name, since `src/testing` exports pure ones too. */
const MODULES = /^(node:(net|tls|http|https|http2|dgram|child_process)|undici)$/;
const FUNCTIONS = new Set(['createGateway', 'createListener', 'createPools', 'createServer', 'startScriptedUpstream']);

function belongs(file: string, { include, exclude }: ProjectFiles): boolean {
  const matches = (glob: string): boolean => matchesGlob(file, glob);
  return include.some(matches) && !exclude.some(matches);
}

function projectsOf(file: string, projects: Readonly<Record<string, ProjectFiles>> = PROJECTS): string[] {
  return Object.entries(projects).flatMap(([name, files]) => (belongs(file, files) ? [name] : []));
}

/** The modules that a file needs while it runs, with the names that it takes of them. Imports of types are none. */
function importsOf(source: string, name: string): { readonly request: string; readonly names: readonly string[] }[] {
  const { module } = parseSync(name, source);
  const fixed = module.staticImports.flatMap(({ moduleRequest, entries }) => {
    const names = entries.flatMap(({ isType, importName }) => (isType ? [] : [importName.name ?? '*']));
    return entries.length > 0 && names.length === 0 ? [] : [{ request: moduleRequest.value, names }];
  });
  const exported = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ isType, moduleRequest, importName }) =>
      isType || moduleRequest === null ? [] : [{ request: moduleRequest.value, names: [importName.name ?? '*'] }],
    ),
  );
  const dynamic = module.dynamicImports.map(({ moduleRequest }) => {
    return { request: source.slice(moduleRequest.start + 1, moduleRequest.end - 1), names: ['*'] };
  });
  return [...fixed, ...exported, ...dynamic];
}

/** The ways from a file of `test` to something that opens sockets, one per import, through other files of `test`. */
function waysToSockets(file: string, source = readFileSync(join(ROOT, file), 'utf8')): string[] {
  return importsOf(source, file).flatMap(({ request, names }) => {
    if (MODULES.test(request)) return [`${file} imports ${request}`];
    if (!request.startsWith('.')) return [];
    const target = relative(ROOT, join(ROOT, dirname(file), request));
    if (target.startsWith('test/')) return target.endsWith('.ts') ? waysToSockets(target).slice(0, 1) : [];
    return names.filter((name) => FUNCTIONS.has(name)).map((name) => `${file} imports ${name}`);
  });
}

test('a test file belongs to exactly one project', () => {
  expect(FILES.length).toBeGreaterThan(100);
  expect(FILES.filter((file) => projectsOf(file).length !== 1)).toEqual([]);
  expect(config.test?.projects?.map((each) => typeof each === 'object' && 'test' in each && each.test?.name)).toEqual(
    Object.keys(PROJECTS),
  );
});

test('the check sees a file of no project, and one of two', () => {
  const { doors, ...rest } = PROJECTS;
  expect(projectsOf('test/http/cors.test.ts', rest)).toEqual([]);
  expect(projectsOf('test/lib/lib.test.ts', { ...rest, doors: { ...doors, exclude: [] } })).toHaveLength(2);
});

test('every glob of the projects matches a file', () => {
  const globs = Object.values(PROJECTS).flatMap(({ include }) => include);
  expect(globs.filter((glob) => !FILES.some((file) => matchesGlob(file, glob)))).toEqual([]);
});

test('a file of the project `unit` imports nothing that opens a socket or starts a process', () => {
  const unit = FILES.filter((file) => belongs(file, PROJECTS.unit));
  expect(unit.length).toBeGreaterThan(50);
  expect(unit.flatMap((file) => waysToSockets(file))).toEqual([]);
});

const ways = (source: string): number => waysToSockets('test/lib/a.test.ts', source).length;

test('the check sees modules, functions, helpers and what helpers import, and no types', () => {
  expect(ways("import { connect } from 'node:net';")).toBe(1);
  expect(ways("import 'node:http';")).toBe(1);
  expect(ways("export { get } from 'node:http';")).toBe(1);
  expect(ways("await import('node:child_process');")).toBe(1);
  expect(ways("import { responder, startScriptedUpstream } from '../../src/testing/index.ts';")).toBe(1);
  expect(ways("import { startRig } from '../helpers/gateway.ts';")).toBe(1);
  expect(ways("import { DOORS } from '../helpers/doors.ts';")).toBe(1);
  expect(ways("import { run } from '../helpers/cli.ts';")).toBe(1);
  expect(ways("import type { Rig } from '../helpers/gateway.ts';")).toBe(0);
  expect(ways("import { responder } from '../../src/testing/index.ts';")).toBe(0);
});
