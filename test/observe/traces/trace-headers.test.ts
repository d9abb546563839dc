import { expect, test } from 'vitest';
import { formatTraceHeaders, parseTraceHeaders } from '../../../src/observe/traces/trace-headers.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const parse = (traceparent: string, tracestate?: string) => parseTraceHeaders({ traceparent, tracestate });

test('a header of version 00 is read, and written again', () => {
  for (const flags of ['00', '01']) {
    const headers = { traceparent: `00-${TRACE}-${SPAN}-${flags}`, tracestate: 'a=1,b=2' };
    const context = parseTraceHeaders(headers);
    expect(context).toMatchObject({ traceId: TRACE, spanId: SPAN, isSampled: flags === '01' });
    expect(context && formatTraceHeaders(context)).toEqual(headers);
  }
});

test('a later version is read as far as it is known, and other flags are dropped', () => {
  expect(parse(`cc-${TRACE}-${SPAN}-03-what-the-future-brings`)).toMatchObject({ traceId: TRACE, isSampled: true });
  expect(parse(`cc-${TRACE}-${SPAN}-fe`)).toMatchObject({ isSampled: false });
});

test('a tracestate that is malformed does not take the trace away', () => {
  const context = parse(`00-${TRACE}-${SPAN}-01`, '=nothing,,\u0000');
  expect(context?.traceId).toBe(TRACE);
  expect(context && formatTraceHeaders(context).tracestate).toBeUndefined();
});

test.each<[string, string | undefined]>([
  ['a=1, b=2 ,\tc=3', 'a=1,b=2,c=3'],
  ['a=1,=2,b,B=3,c=,d=4=5,e=é', 'a=1'],
  ['a=1,tenant@vendor=2,@vendor=3,a=4', 'a=1,tenant@vendor=2'],
  ['a=with blanks and !"#$', 'a=with blanks and !"#$'],
  [`a=1,${Array.from({ length: 40 }, (_, n) => `k${n}=1`).join(',')}`, expect.stringMatching(/^a=1(?:,k\d+=1){31}$/)],
  [`a=${'x'.repeat(600)}`, undefined],
  [`a=1,b=${'x'.repeat(257)}`, 'a=1'],
])('of the tracestate %j the well-formed members are kept', (given, kept) => {
  expect(parse(`00-${TRACE}-${SPAN}-01`, given)?.tracestate).toEqual(kept);
});

test.each([
  `00-${TRACE}-${SPAN}-01-x`,
  `00-${TRACE}-${SPAN}-1`,
  `0-${TRACE}-${SPAN}-01`,
  `ff-${TRACE}-${SPAN}-01`,
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE.slice(1)}-${SPAN}-01`,
  ` 00-${TRACE}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
])('%j names no trace', (traceparent) => {
  expect(parse(traceparent)).toBeUndefined();
});
