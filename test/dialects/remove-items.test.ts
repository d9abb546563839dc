import fc from 'fast-check';
import { expect, test } from 'vitest';
import { removeItems } from '../../src/dialects/remove-items.ts';
import { ByteEdits } from '../../src/lib/byte-edits.ts';
import { documentOf } from '../../src/lib/json-scanner.ts';

test('what is left of an array is valid JSON of the items that stay', () => {
  const items = fc.array(fc.record({ n: fc.nat(9), removed: fc.boolean() }));
  fc.assert(
    fc.property(items, fc.constantFrom(0, 2), (all, indent) => {
      const document = documentOf(Buffer.from(JSON.stringify(all, undefined, indent)));
      if (document === undefined) throw new TypeError('The text is no JSON.');
      const edits = new ByteEdits();
      removeItems(edits, { document, array: document.root }, (item) => document.bytesOf(item).includes('true'));
      const left: unknown = JSON.parse(edits.apply(document.bytes).toString());
      expect(left).toEqual(all.filter(({ removed }) => !removed));
    }),
  );
});
