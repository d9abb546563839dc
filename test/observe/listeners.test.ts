import { expect, test } from 'vitest';
import type { GatewayEvent } from '../../src/domain/events.ts';
import { emitTo } from '../../src/observe/listeners.ts';

const EVENT: GatewayEvent = { kind: 'raw_face_hidden', requestId: 'r', operation: 'o' };

test('every listener gets each event in order, and one that throws only causes a process warning', async () => {
  const warnings: string[] = [];
  const onWarning = ({ message }: Error): void => void warnings.push(message);
  process.on('warning', onWarning);
  const calls: string[] = [];
  const emit = emitTo([
    () => void calls.push('first'),
    () => {
      throw new TypeError('secret');
    },
    (event) => void calls.push(event.kind),
  ]);
  emit(EVENT);
  emit(EVENT);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', onWarning);
  expect(calls).toEqual(['first', 'raw_face_hidden', 'first', 'raw_face_hidden']);
  expect(warnings).toEqual(Array.from({ length: 2 }, () => "A listener to the gateway's events threw: TypeError."));
});

test('an event without listeners is not an error', () => {
  expect(() => emitTo([])(EVENT)).not.toThrow();
});
