import { expect, test } from 'vitest';
import { headersOf, resourceOf } from '../../../src/observe/otlp/otel-environment.ts';

const OWN = { 'service.name': 'spillway', 'service.version': '1' };
const MALFORMED = 'is malformed, and is ignored; write name=value,name=value';

test.each<[Record<string, string>, Record<string, string>]>([
  [{}, OWN],
  [{ OTEL_SERVICE_NAME: '' }, OWN],
  [{ OTEL_SERVICE_NAME: 'edge' }, { ...OWN, 'service.name': 'edge' }],
  [{ OTEL_RESOURCE_ATTRIBUTES: 'team=search, env = a%2Cb=c,' }, { ...OWN, team: 'search', env: 'a,b=c' }],
  [{ OTEL_RESOURCE_ATTRIBUTES: 'service.name=x,service.version=2' }, { 'service.name': 'x', 'service.version': '2' }],
  [
    { OTEL_RESOURCE_ATTRIBUTES: 'service.name=x', OTEL_SERVICE_NAME: 'edge' },
    { ...OWN, 'service.name': 'edge' },
  ],
])('the resource of the environment %j', (environment, resource) => {
  const problems: string[] = [];
  expect(resourceOf(OWN, environment, (problem) => void problems.push(problem))).toEqual(resource);
  expect(problems).toEqual([]);
});

test.each(['team', 'a=1,=2', 'a=%zz', 'a=1,b'])('the attributes %j are ignored and reported', (text) => {
  const problems: string[] = [];
  expect(resourceOf(OWN, { OTEL_RESOURCE_ATTRIBUTES: text }, (problem) => void problems.push(problem))).toEqual(OWN);
  expect(problems).toEqual([`traces: OTEL_RESOURCE_ATTRIBUTES ${MALFORMED}`]);
});

test('headers for traces win over those for all signals', () => {
  const environment = {
    OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Bearer%20one,x-a=1',
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'authorization=Bearer two',
  };
  expect(headersOf(environment, () => undefined)).toEqual({ authorization: 'Bearer two', 'x-a': '1' });
});

test.each(['a=x%0Ay', 'a b=x', 'a=é'])('the headers %j could not be sent, and are ignored and reported', (text) => {
  const problems: string[] = [];
  const environment = { OTEL_EXPORTER_OTLP_HEADERS: text, OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'ok=1' };
  expect(headersOf(environment, (problem) => void problems.push(problem))).toEqual({ ok: '1' });
  expect(problems).toEqual([`traces: OTEL_EXPORTER_OTLP_HEADERS ${MALFORMED}`]);
});
