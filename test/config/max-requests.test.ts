import { expect, test } from 'vitest';
import { maxRequestsWithin, memoryLimit } from '../../src/config/max-requests.ts';
import { server } from '../../src/config/server-schema.ts';
import { serverSettings } from '../../src/config/server-settings.ts';

const MB = 1024 * 1024;

test.each([
  ['512 MB hold 3,194 requests', 512, 3194],
  ['a gateway needs 200 MB for itself, and runs 100 requests whatever it has', 210, 102],
  ['a gateway needs 200 MB for itself, and runs 100 requests whatever it has', 100, 100],
  ['no more than 20,000 run, however much there is', 64 * 1024, 20_000],
])('%s', (_, memory, requests) => {
  expect(maxRequestsWithin(memory * MB)).toBe(requests);
});

test('the number is by the memory of this process unless it is given', () => {
  expect(memoryLimit()).toBeGreaterThan(100 * MB);
  const automatic = maxRequestsWithin(memoryLimit());
  expect(serverSettings({}).maxRequests).toBe(automatic);
  expect(serverSettings({ server: { maxRequests: 'auto' } }).maxRequests).toBe(automatic);
  expect(serverSettings({ server: { maxRequests: 7 } }).maxRequests).toBe(7);
});

test.each([0, 1.5, -1, 'all', 1_000_001])('%s is no number of requests', (maxRequests) => {
  expect(server.safeParse({ maxRequests }).success).toBe(false);
});
