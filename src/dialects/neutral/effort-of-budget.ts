/** Budgets, in tokens, from which the effort is high or medium. */
const HIGH_BUDGET = 16_000;
const MEDIUM_BUDGET = 4000;

/** The effort that a budget for reasoning stands for, in an API that has no budgets. */
export function effortOfBudget(tokens: number): 'high' | 'medium' | 'low' {
  if (tokens >= HIGH_BUDGET) return 'high';
  return tokens >= MEDIUM_BUDGET ? 'medium' : 'low';
}
