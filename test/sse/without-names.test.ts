import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutNames } from '../../src/sse/without-names.ts';

test('events without names come back as the same buffer', () => {
  for (const text of ['', 'data: {}\n\n', 'data: "event: x"\n\ndata: event: y\n\n']) {
    const bytes = Buffer.from(text);
    expect(withoutNames(bytes)).toBe(bytes);
  }
});

test('the event lines of any events are dropped and nothing else is', () => {
  const name = fc.option(fc.constantFrom('return', 'a b', '', 'event: x', 'é😀'));
  const data = fc.json().filter((text) => !/[\r\n]/.test(text));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.oneof(data, fc.constant('event: x'))), { maxLength: 10 }), (events) => {
      const bytes = Buffer.from(
        events.map(([each, text]) => `${each === null ? '' : `event: ${each}\n`}data: ${text}\n\n`).join(''),
      );
      expect(withoutNames(bytes).toString()).toBe(events.map(([, text]) => `data: ${text}\n\n`).join(''));
    }),
  );
});
