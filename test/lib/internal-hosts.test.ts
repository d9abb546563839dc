import { expect, test } from 'vitest';
import { withoutInternalHosts } from '../../src/lib/internal-hosts.ts';
import { withoutHost } from '../../src/lib/redact.ts';
import { cpuTime } from '../helpers/cpu-time.ts';

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
  ['server at 10.1.2.3 failed', 'server at *** failed'],
  ['server 10.1.2.3.', 'server ***.'],
  ['(192.168.1.1)', '(***)'],
  ['"host":"172.16.0.1"', '"host":"***"'],
  ['host=127.0.0.1', 'host=***'],
  ['host:10.0.0.5', 'host:***'],
  ['Connection refused: /10.0.0.5:8080', 'Connection refused: /***'],
  ['localhost/127.0.0.1:8080', 'localhost/***'],
  ['169.254.169.254 is blocked', '*** is blocked'],
  ['10.0.0.5,10.0.0.6', '***,***'],
  ['from 10.0.0.0/8', 'from ***/8'],
  ['cannot connect to vllm-svc:8000', 'cannot connect to ***'],
  ['at vllm-svc:8000: refused', 'at ***: refused'],
  ['host vllm-svc:8000.', 'host ***.'],
  ['host: "vllm:8000"', 'host: "***"'],
  ['getaddrinfo ENOTFOUND vllm-svc', 'getaddrinfo ENOTFOUND ***'],
  ['ip-10-0-0-5.ec2.internal is down', '*** is down'],
  ['ip-10-0-0-5.ec2.internal:80', '***'],
  ['ip-10-0-0-5', '***'],
  ['vllm.default.svc', '***'],
  ['see //10.0.0.5/x', 'see //***/x'],
  ['"//10.0.0.5:80/x"', '"//***/x"'],
  ['//localhost/x', '//***/x'],
  ['at fd00::1', 'at ***'],
  ['[fe80::1%eth0]:80', '***'],
  ['::1', '***'],
  ['connect ::1 failed', 'connect *** failed'],
  ['::ffff:10.0.0.5', '***'],
  ['connect ECONNREFUSED ::1:8000', 'connect ECONNREFUSED ***'],
  ['fd12:3456:789a:1::1, x', '***, x'],
  ['FD00::ABCD', '***'],
  ['vllm-svc:8000 refused the connection', '*** refused the connection'],
  ['Failed to connect to vllm port 8000', 'Failed to connect to *** port 8000'],
  ['dial tcp: lookup vllm: no such host', 'dial tcp: lookup ***: no such host'],
  ['Could not resolve host: vllm', 'Could not resolve host: ***'],
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
  'version 10.0.0.5 of the API',
  'version: 10.0.0.5',
  '"version":"10.0.0.5"',
  'v10.0.0.5',
  'Chrome/10.0.0.5',
  'build 10.0.19041.1',
  '8.8.8.8',
  '1.2.3.4',
  '0.1.2.3 and 10.1.2.3.4 and 10.1.2.3-beta',
  'std::vector<a::b> ::',
  'at 12:30:45',
  'at line:120',
  'at position:1024',
  'at foo (file.js:100:15)',
  'to llama3:70b',
  'fd:00:11:22:33:44',
  '2001:4860:4860::8888',
  'api.groq.com',
  'config.local',
  'errors.internal',
  '// a comment',
  'ratio 16:900',
  'on gpt-4o:2024',
])('%s stays', (text) => {
  expect(withoutInternalHosts(text)).toBe(text);
});

test('a redactor of a server’s errors replaces internal hosts beside the server’s own', () => {
  const redact = withoutHost((text) => text, 'https://api.vendor.example/v1');
  expect(redact('api.vendor.example: no http://10.0.0.5:8080/v1, see https://vendor.example/help')).toBe(
    '***: no http://***/v1, see https://vendor.example/help',
  );
});

test('the server’s own host is replaced in any case of its letters', () => {
  for (const url of ['https://api.vendor.example/v1', 'https://api.vendor.example:8443/v1', 'http://gpu/v1']) {
    const redact = withoutHost((text) => text, url);
    const { host } = new URL(url);
    for (const each of [host, host.toUpperCase(), host.replace(/^\w/, (letter) => letter.toUpperCase())])
      expect(redact(`no https://${each}/x`)).toBe('no https://***/x');
  }
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
    '//',
    '//a',
    'fd00:',
    'fd00::1 ',
    '::1',
    '0:',
    'ip-1-1-1-1.',
    'at a',
    'at a:80 ',
    'version ',
    '10.0.0.1 ',
    'ENOTFOUND a',
    'a.svc.',
  ]) {
    const text = piece.repeat(Math.ceil(100_000 / piece.length));
    const before = cpuTime();
    withoutInternalHosts(text);
    expect([piece, cpuTime() - before < 3000]).toEqual([piece, true]);
  }
});
