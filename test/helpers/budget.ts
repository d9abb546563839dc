import type { Budget } from '../../src/domain/budget.ts';

/** A budget with the defaults of the configuration, of 1000 billionths of a US dollar for each day in UTC unless the parts say otherwise. */
export function budgetOf(parts: Partial<Budget> = {}): Budget {
  return {
    amountNano: 1000,
    period: 'day',
    timeZone: 'UTC',
    soft: 0.8,
    models: undefined,
    onUnknownPrice: 'skip',
    onOverrun: 'finish',
    ...parts,
  };
}
