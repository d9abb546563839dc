import { expect, test } from 'vitest';
import { withoutInternalHosts } from '../../src/lib/internal-hosts.ts';
import { withoutHost } from '../../src/lib/redact.ts';

test.each([
  ['no http://10.0.0.5:8080/v1 here', 'no http://***/v1 here'],
  ['http://127.0.0.1', 'http://***'],
  ['https://172.16.3.4/x', 'https://***/x'],
  ['http://192.168.1.2:80.', 'http://***.'],
  ['http://169.254.169.254/latest', 'http://***/latest'],
  ['http://[::1]:8000/', 'http://***/'],
  ['http://[fd00::1]/x', 'http://***/x'],
  ['http://[::ffff:10.0.0.5]/x', 'http://***/x'],
  ['http://localhost:11434/api', 'http://***/api'],
  ['HTTP://LocalHost:3/', 'HTTP://***/'],
  ['http://vllm.internal:8000', 'http://***'],
  ['http://node.lan/x', 'http://***/x'],
  ['http://llm.default.svc.cluster.local/v1', 'http://***/v1'],
  ['http://host.docker.internal:1/', 'http://***/'],
  ['http://vllm:8000/v1', 'http://***/v1'],
  ['http://vllm/v1', 'http://***/v1'],
  ['redis://cache:6379/0', 'redis://***/0'],
  ['http://u:p@10.0.0.5/x', 'http://u:p@***/x'],
  [String.raw`http:\/\/10.0.0.5:8000\/v1`, String.raw`http:\/\/***\/v1`],
  ['http%3A%2F%2F10.0.0.5%3A80%2Fv1', 'http%3A%2F%2F***%2Fv1'],
  ['at http://10.0.0.5.', 'at http://***.'],
  ['dial tcp 10.0.0.5:8080: connect: refused', 'dial tcp ***: connect: refused'],
  ['connect ECONNREFUSED 127.0.0.1:8000', 'connect ECONNREFUSED ***'],
  ['lookup llm.default.svc.cluster.local on 10.96.0.10:53', 'lookup *** on ***'],
])('%s becomes %s', (text, clean) => {
  expect(withoutInternalHosts(text)).toBe(clean);
});

test.each([
  'https://platform.openai.com/account/billing',
  'https://api.groq.com:443/openai/v1: no',
  'http://8.8.8.8:53/x',
  'https://docs.internal-tools.com/x',
  'https://provider.example/docs',
  's3://bucket/key and file:///etc',
  'http://***/v1',
  'version 10.0.19041.1, at 12:30:45',
  'a localhost without a port',
])('%s stays', (text) => {
  expect(withoutInternalHosts(text)).toBe(text);
});

test('a redactor of a server’s errors replaces internal hosts beside the server’s own', () => {
  const redact = withoutHost((text) => text, 'https://api.vendor.example/v1');
  expect(redact('api.vendor.example: no http://10.0.0.5:8080/v1, see https://vendor.example/help')).toBe(
    '***: no http://***/v1, see https://vendor.example/help',
  );
});

test('it is linear in the text', () => {
  for (const piece of [
    '://',
    '%3a%2f%2f',
    'http://a',
    'http://u@',
    'http://[',
    '[:',
    'a.',
    'a-',
    '1.',
    '10.0.0.1.',
    'x.internal',
  ]) {
    const text = piece.repeat(Math.ceil(100_000 / piece.length));
    const before = performance.now();
    withoutInternalHosts(text);
    expect([piece, performance.now() - before < 3000]).toEqual([piece, true]);
  }
});
