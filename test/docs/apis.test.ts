import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ERRORS, GatewayError } from '../../src/domain/errors.ts';
import { RESPONSE_HEADERS } from '../../src/door/headers.ts';
import { anthropicErrorBody } from '../../src/operations/anthropic-error-body.ts';
import { OPERATIONS } from '../../src/operations/operations.ts';
import { operationAt } from '../../src/rest/operation-at.ts';
import { routesOf } from '../../src/rest/routes.ts';
import { appRouter } from '../../src/router/app-router.ts';

const read = (...path: string[]): string => readFileSync(join(import.meta.dirname, '..', '..', ...path), 'utf8');
const docs = read('docs', 'apis.md');

test('docs/apis.md lists the path of every operation, and no other', () => {
  const section = docs.slice(docs.indexOf('| API | paths |'), docs.indexOf('## SDKs'));
  const named = [...section.matchAll(/`POST (\/v1\/[\w/]+)`/g)].map(([, path = '']) => path);
  const served = routesOf(appRouter).filter(
    ({ operation, procedure }) => operation !== undefined && !/^(?:runs|chains)\./.test(procedure),
  );
  expect(named.toSorted()).toEqual(served.map(({ path }) => `/v1${path}`).toSorted());
});

test('docs/apis.md lists the type of Messages for every status of the gateway’s errors', () => {
  const rows = [...docs.matchAll(/^\| ([\d, ]+) \| `(\w+_error|request_too_large)`/gm)];
  const listed = new Map(
    rows.flatMap(([, statuses = '', type = '']) => statuses.split(', ').map((status) => [Number(status), type])),
  );
  for (const code of Object.keys(ERRORS) as (keyof typeof ERRORS)[]) {
    const error = new GatewayError(code, { message: 'No.' });
    // Runs, which Messages have none of, and a client that has disconnected.
    if ([409, 410, 499].includes(error.status)) continue;
    const { error: body } = anthropicErrorBody(error, { id: 'req_1', clientRequestId: undefined }) as {
      error: { type: string };
    };
    expect([code, listed.get(error.status)]).toEqual([code, body.type]);
  }
});

test('the curl commands of docs/apis.md are right requests', () => {
  const commands = [...docs.matchAll(/curl http:\/\/127\.0\.0\.1:4141(\S+) .*?-d '(.*?)'$/gms)];
  expect(commands).toHaveLength(3);
  for (const [, path = '', body = ''] of commands) {
    const operation = operationAt(path);
    expect(operation && OPERATIONS[operation.name as keyof typeof OPERATIONS]).toBe(operation);
    for (const field of Object.keys(JSON.parse(body) as object)) expect(operation?.hasField(field)).toBe(true);
  }
});

test('docs/errors.md names every response header of the gateway’s own', () => {
  const table = read('docs', 'errors.md').slice(read('docs', 'errors.md').indexOf('| response header |'));
  for (const { name } of RESPONSE_HEADERS)
    expect(table).toContain(/^x-spillway-(?:provider|model)$/.test(name) ? name.slice('x-spillway'.length) : name);
});
