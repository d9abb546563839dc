import { expect, test } from 'vitest';
import { accept, type DoorTools } from '../../src/door/admit.ts';
import { traceHeadersOf } from '../../src/door/trace-headers.ts';
import { LOCAL } from '../../src/domain/principal.ts';
import { openAbortScope } from '../../src/lib/abort.ts';
import { openTestScope } from '../helpers/scope.ts';

const request = (headers: Readonly<Record<string, string>>) => ({
  method: 'GET',
  url: '/',
  headers,
  abort: openAbortScope(),
  body: () => Promise.reject(new Error('no body')),
});

/** Headers of which nothing may be read. */
const untouchable = (names: readonly string[]): Readonly<Record<string, string>> =>
  Object.defineProperties(
    {},
    Object.fromEntries(
      names.map((name) => [
        name,
        {
          get(): never {
            throw new Error(`${name} was read`);
          },
        },
      ]),
    ),
  );

test('a gateway without traces reads no header of a trace, and makes nothing', () => {
  const tools = { openScope: () => openTestScope(), traced: false } as unknown as DoorTools;
  const opened = accept(tools, request(untouchable(['traceparent', 'tracestate'])));
  const { report } = opened.as(LOCAL, {});
  opened.finish({ status: 200, code: 'ok' });
  expect([report.traceHeaders, report.trace]).toEqual([undefined, undefined]);
});

test('a trace is its two headers, of which the second may be missing', () => {
  expect(traceHeadersOf({ traceparent: 'a', tracestate: 'b' })).toEqual({ traceparent: 'a', tracestate: 'b' });
  expect(traceHeadersOf({ traceparent: 'a' })).toEqual({ traceparent: 'a', tracestate: undefined });
  expect(traceHeadersOf({ tracestate: 'b' })).toBeUndefined();
});
