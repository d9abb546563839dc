import { atMost, defineWork } from '../measure/work.ts';

/** Translation between dialects, which has no second dialect to be measured with. */
export const TRANSLATION = defineWork({
  name: 'translation',
  rows: { cpu: { label: "another vendor's dialect: CPU for an event", unit: 'us', target: atMost(8) } },
  measure: () => Promise.resolve({ cpu: { note: 'no such dialect yet' } }),
});
