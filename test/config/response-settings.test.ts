import { expect, test } from 'vitest';
import { responses } from '../../src/config/response-schema.ts';
import { responseSettings } from '../../src/config/response-settings.ts';

test('nothing is kept unless the section is there', () => {
  expect(responseSettings({ responses: undefined })).toBeUndefined();
});

test('responses are kept for a day in 64 MB unless the section says otherwise', () => {
  expect(responseSettings({ responses: responses.parse({ store: 'memory' }) })).toEqual({
    keep: 86_400_000,
    memory: 67_108_864,
  });
  expect(responseSettings({ responses: responses.parse({ store: 'memory', keep: '10m', memory: '1mb' }) })).toEqual({
    keep: 600_000,
    memory: 1_048_576,
  });
});

test.each([[{}], [{ store: 'redis' }], [{ store: 'memory', keep: 'long' }], [{ store: 'memory', size: 1 }]])(
  '%j is no such section',
  (section) => {
    expect(responses.safeParse(section).success).toBe(false);
  },
);
