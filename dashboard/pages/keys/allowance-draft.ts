import type { BudgetInput, BudgetShown, LimitsInput, LimitsShown } from 'spillway/client';

/** The limits that can be set, with the words of their fields. */
export const LIMIT_FIELDS = [
  { name: 'requests_per_minute', word: 'Requests per minute' },
  { name: 'tokens_per_minute', word: 'Tokens per minute' },
  { name: 'requests_per_day', word: 'Requests per day' },
  { name: 'tokens_per_day', word: 'Tokens per day' },
  { name: 'concurrency', word: 'Requests at the same time' },
] as const;

/** The periods of budgets. */
export const PERIODS = ['hour', 'day', 'week', 'month', 'total'] as const;

/** The members of an input that have a field here. */
export const ALLOWANCE_FIELDS: readonly string[] = [
  'budgets.0.amount_usd',
  'budgets.0.time_zone',
  ...LIMIT_FIELDS.map(({ name }) => `limits.${name}`),
];

type Period = (typeof PERIODS)[number];
type LimitName = (typeof LIMIT_FIELDS)[number]['name'];

/** The fields of limits and of one budget, as they are written. An empty one is no limit. */
export interface AllowanceDraft {
  readonly limits: Readonly<Record<LimitName, string>>;
  readonly amount: string;
  readonly period: Period;
  readonly timeZone: string;
}

/** Fields without a value. */
export const NO_ALLOWANCE: AllowanceDraft = Object.freeze({
  limits: { requests_per_minute: '', tokens_per_minute: '', requests_per_day: '', tokens_per_day: '', concurrency: '' },
  amount: '',
  period: 'month',
  timeZone: '',
});

/** The fields of what a key or a tenant has now. */
export function draftOf(limits: LimitsShown, budgets: readonly BudgetShown[]): AllowanceDraft {
  const [budget] = budgets;
  const filled = LIMIT_FIELDS.map(({ name }) => [name, limits[name] === undefined ? '' : String(limits[name].limit)]);
  return {
    ...NO_ALLOWANCE,
    limits: { ...NO_ALLOWANCE.limits, ...Object.fromEntries(filled) },
    ...(budget === undefined
      ? {}
      : {
          amount: budget.amount_usd === null ? '' : String(budget.amount_usd),
          period: PERIODS.find((period) => period === budget.period) ?? 'month',
          timeZone: budget.time_zone,
        }),
  };
}

/** What is sent of the fields, or what is wrong with them by the names of their members. The gateway judges the rest. */
export interface ReadAllowance {
  readonly limits: LimitsInput | null;
  readonly budgets: readonly BudgetInput[] | null;
  readonly problems: Readonly<Record<string, string>>;
}

/**
 * Reads the fields. `shown` are the budgets as they are: what the form does not show of the first one stays, and so do the others.
 */
export function readAllowance(draft: AllowanceDraft, [first, ...others]: readonly BudgetShown[] = []): ReadAllowance {
  const problems: Record<string, string> = {};
  const limits: Partial<Record<LimitName, number>> = {};
  for (const { name } of LIMIT_FIELDS) {
    const text = draft.limits[name].trim();
    if (text === '') continue;
    const limit = Number(text);
    if (Number.isInteger(limit) && limit > 0) limits[name] = limit;
    else problems[`limits.${name}`] = 'A whole number above 0.';
  }
  const budgets = others.flatMap(inputOf);
  const text = draft.amount.trim();
  if (text !== '') {
    const amount = Number(text);
    const timeZone = draft.timeZone.trim();
    if (amount > 0 && Number.isFinite(amount))
      budgets.unshift({
        ...(first === undefined ? {} : inputOf(first)[0]),
        amount_usd: amount,
        period: draft.period,
        time_zone: timeZone === '' ? 'UTC' : timeZone,
      });
    else problems['budgets.0.amount_usd'] = 'Dollars above 0.';
  }
  return {
    limits: Object.keys(limits).length === 0 ? null : limits,
    budgets: budgets.length === 0 ? null : budgets,
    problems,
  };
}

/** A budget that is sent as it is shown; none where its amount is hidden. */
function inputOf(budget: BudgetShown): BudgetInput[] {
  const { amount_usd: amount, period, time_zone: timeZone, soft, models } = budget;
  if (amount === null) return [];
  return [
    {
      amount_usd: amount,
      period,
      time_zone: timeZone,
      soft,
      on_unknown_price: budget.on_unknown_price,
      on_overrun: budget.on_overrun,
      ...(models === null ? {} : { models }),
    },
  ];
}
