import { expect, test } from 'vitest';
import { formatTraceHeaders, parseTraceHeaders } from '../../../src/observe/traces/trace-headers.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const parse = (traceparent: string, tracestate?: string) => parseTraceHeaders({ traceparent, tracestate });

test('a header of version 00 is read, and written again', () => {
  for (const flags of ['00', '01']) {
    const headers = { traceparent: `00-${TRACE}-${SPAN}-${flags}`, tracestate: 'a=1,b=2' };
    const context = parseTraceHeaders(headers);
    expect(context).toMatchObject({ traceId: TRACE, spanId: SPAN, traceFlags: Number(flags), isRemote: true });
    expect(context && formatTraceHeaders(context)).toEqual(headers);
  }
});

test('a later version is read as far as it is known, and other flags are dropped', () => {
  expect(parse(`cc-${TRACE}-${SPAN}-03-what-the-future-brings`)).toMatchObject({ traceId: TRACE, traceFlags: 1 });
  expect(parse(`cc-${TRACE}-${SPAN}-fe`)).toMatchObject({ traceFlags: 0 });
});

test('a tracestate that is malformed does not take the trace away', () => {
  const context = parse(`00-${TRACE}-${SPAN}-01`, '=nothing,,\u0000');
  expect(context?.traceId).toBe(TRACE);
  expect(context && formatTraceHeaders(context).tracestate).toBeUndefined();
});

test.each([
  `00-${TRACE}-${SPAN}-01-x`,
  `00-${TRACE}-${SPAN}-1`,
  `0-${TRACE}-${SPAN}-01`,
  `ff-${TRACE}-${SPAN}-01`,
  `00-${TRACE.slice(1)}-${SPAN}-01`,
  ` 00-${TRACE}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
])('%j names no trace', (traceparent) => {
  expect(parse(traceparent)).toBeUndefined();
});
