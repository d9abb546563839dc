import { globSync, readFileSync } from 'node:fs';
import { dirname, join, matchesGlob, relative } from 'node:path';
import { parseSync } from 'oxc-parser';
import { expect, test } from 'vitest';
import config from '../../vitest.config.ts';
import { type ProjectFiles, PROJECTS } from './projects.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FILES = globSync('test/**/*.test.ts', { cwd: ROOT });

/** What opens sockets or starts processes: modules, and functions of `src` by name, because `src/testing` exports pure functions too. */
const MODULES = /^(node:(net|tls|http|https|http2|dgram|child_process)|undici)$/;
const FUNCTIONS = new Set(['createGateway', 'createListener', 'createPools', 'createServer', 'startScriptedUpstream']);

function belongs(file: string, { include, exclude }: ProjectFiles): boolean {
  const matches = (glob: string): boolean => matchesGlob(file, glob);
  return include.some(matches) && !exclude.some(matches);
}

function projectsOf(file: string, projects: Readonly<Record<string, ProjectFiles>> = PROJECTS): string[] {
  return Object.entries(projects).flatMap(([name, files]) => (belongs(file, files) ? [name] : []));
}

/** The modules that a file imports at run time, with the imported names. Imports of types are ignored. */
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

/** The imports by which a file of `test` reaches something that opens sockets, directly or through other files of `test`. */
function socketImportsOf(file: string, source = readFileSync(join(ROOT, file), 'utf8')): string[] {
  return importsOf(source, file).flatMap(({ request, names }) => {
    if (MODULES.test(request)) return [`${file} imports ${request}`];
    if (!request.startsWith('.')) return [];
    const target = relative(ROOT, join(ROOT, dirname(file), request));
    if (target.startsWith('test/')) return target.endsWith('.ts') ? socketImportsOf(target).slice(0, 1) : [];
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

test('the check finds a file of no project, and a file of two', () => {
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
  expect(unit.flatMap((file) => socketImportsOf(file))).toEqual([]);
});

const found = (source: string): number => socketImportsOf('test/lib/a.test.ts', source).length;

test('the check finds modules, functions, helpers and what helpers import, and ignores types', () => {
  expect(found("import { connect } from 'node:net';")).toBe(1);
  expect(found("import 'node:http';")).toBe(1);
  expect(found("export { get } from 'node:http';")).toBe(1);
  expect(found("await import('node:child_process');")).toBe(1);
  expect(found("import { responder, startScriptedUpstream } from '../../src/testing/index.ts';")).toBe(1);
  expect(found("import { startRig } from '../helpers/gateway.ts';")).toBe(1);
  expect(found("import { DOORS } from '../helpers/doors.ts';")).toBe(1);
  expect(found("import { run } from '../helpers/cli.ts';")).toBe(1);
  expect(found("import type { Rig } from '../helpers/gateway.ts';")).toBe(0);
  expect(found("import { responder } from '../../src/testing/index.ts';")).toBe(0);
});
