import { expect, test } from 'vitest';
import { bareHost } from '../../src/lib/bare-host.ts';

test.each([
  ['[::1]', '::1'],
  ['[fe80::1%eth0]', 'fe80::1%eth0'],
  ['127.0.0.1', '127.0.0.1'],
  ['example.com', 'example.com'],
  ['[half', '[half'],
])('the bare host of %s is %s', (host, bare) => {
  expect(bareHost(host)).toBe(bare);
});
