import { atMost, definePart } from '../measure/part.ts';

/** Translation between dialects. There is only one dialect yet, so nothing is measured. */
export const TRANSLATION = definePart({
  name: 'translation',
  rows: { cpu: { label: 'another dialect: CPU per event', unit: 'us', target: atMost(8) } },
  measure: () => Promise.resolve({ cpu: { note: 'there is only one dialect yet' } }),
});
