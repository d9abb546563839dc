import { z } from 'zod';
import { type Budget, budgetName, BUDGET_PERIODS, MAX_BUDGETS } from '../domain/budget.ts';
import type { Limits } from '../domain/limits.ts';
import { NANO_PER_DOLLAR } from '../domain/usage.ts';
import { nearest } from '../lib/nearest.ts';
import { printable } from '../lib/printable.ts';
import { zoneOffset } from '../lib/time-zone.ts';

/** Money is whole billionths of a dollar: so many dollars are the most whose billionths a number counts exactly. */
const MOST_DOLLARS = 9_000_000;
/** The default of `soft`, as a fraction. */
const DEFAULT_SOFT = 0.8;
/** Most patterns of one list, and the longest, in characters. */
const MAX_PATTERNS = 100;
const MAX_PATTERN_LENGTH = 256;

const dollars = z
  .number()
  .positive()
  .max(MOST_DOLLARS)
  .refine((amount) => Math.round(amount * NANO_PER_DOLLAR) / NANO_PER_DOLLAR === amount, 'must have at most 9 decimals')
  .meta({ description: 'US dollars, with at most 9 decimals.' });

const period = z.enum(BUDGET_PERIODS).meta({ description: 'Of the calendar in the time zone; total is for all time.' });

const timeZone = z
  .string()
  .superRefine((zone, context) => {
    if (/^[A-Za-z]/.test(zone) && zoneOffset(zone, 0) !== undefined) return;
    const near = nearest(zone, Intl.supportedValuesOf('timeZone'));
    const hint = near === undefined ? 'write one such as Europe/Berlin' : `did you mean '${near}'?`;
    context.addIssue({ code: 'custom', message: `there is no time zone '${printable(zone.slice(0, 100))}'; ${hint}` });
  })
  .meta({ description: 'Name of the IANA database, for example Europe/Berlin. Default: UTC.' });

const soft = z
  .number()
  .positive()
  .max(1)
  .meta({ description: `Fraction whose crossing is reported. Nothing is refused at it. Default: ${DEFAULT_SOFT}.` });

/** Schema of patterns over `provider/model`, in which `*` stands for any run of characters. */
export const patterns = z
  .array(
    z
      .string()
      .min(1, 'must not be empty')
      .max(MAX_PATTERN_LENGTH)
      .refine((text) => printable(text) === text, 'must not contain control or format characters; remove them')
      .refine((text) => /[/*]/.test(text), 'must be a pattern over provider/model, for example groq/*'),
  )
  .min(1, 'must not be empty')
  .max(MAX_PATTERNS)
  .meta({ description: 'Patterns over provider/model; * stands for any run of characters.' });

const onUnknownPrice = z
  .enum(['skip', 'allow'])
  .meta({ description: 'What happens to entries without a known price. Default: skip.' });
const onOverrun = z
  .enum(['finish', 'cut'])
  .meta({ description: 'What happens to a stream that has taken all that was left. Default: finish.' });

const writtenBudget = z.strictObject({
  amount: dollars,
  period,
  timeZone: timeZone.optional(),
  soft: soft.optional(),
  models: patterns.optional(),
  onUnknownPrice: onUnknownPrice.optional(),
  onOverrun: onOverrun.optional(),
});

function toBudget(written: z.output<typeof writtenBudget>): Budget {
  return Object.freeze({
    amountNano: Math.round(written.amount * NANO_PER_DOLLAR),
    period: written.period,
    timeZone: written.timeZone ?? 'UTC',
    soft: written.soft ?? DEFAULT_SOFT,
    models: written.models && Object.freeze([...written.models]),
    onUnknownPrice: written.onUnknownPrice ?? 'skip',
    onOverrun: written.onOverrun ?? 'finish',
  });
}

/** Schema of a budget in the configuration. Parses to the budget with every default. */
export const budget = writtenBudget.transform(toBudget);

/** Schema of a budget as the API spells it. Checks and parses to the same as `budget`. */
export const budgetInput = z
  .strictObject({
    amount_usd: dollars,
    period,
    time_zone: timeZone.optional(),
    soft: soft.optional(),
    models: patterns.optional(),
    on_unknown_price: onUnknownPrice.optional(),
    on_overrun: onOverrun.optional(),
  })
  .transform(({ amount_usd, time_zone, on_unknown_price, on_overrun, ...rest }) =>
    toBudget({
      ...rest,
      amount: amount_usd,
      timeZone: time_zone,
      onUnknownPrice: on_unknown_price,
      onOverrun: on_overrun,
    }),
  );

/** Schema of the budgets of one key or tenant, in either spelling of one. Two that count the same would share what is spent. */
export function budgetList<Schema extends z.ZodType<Budget>>(one: Schema) {
  return z
    .array(one)
    .min(1, 'must not be empty')
    .max(MAX_BUDGETS, `must have at most ${MAX_BUDGETS} budgets`)
    .superRefine((budgets, context) => {
      const names = budgets.map(budgetName);
      const again = names.findIndex((name, index) => names.indexOf(name) !== index);
      if (again !== -1)
        context.addIssue({
          code: 'custom',
          path: [again],
          message: 'counts the same as another budget; remove one of them',
        });
    });
}

const count = z.int().positive();
const concurrency = count.meta({ description: 'Requests that run at the same time.' });

/** Schema of limits in the configuration: of a provider, a model, a key or a tenant. */
export const limits = z.strictObject({
  requestsPerMinute: count.optional(),
  tokensPerMinute: count.optional(),
  requestsPerDay: count.optional(),
  tokensPerDay: count.optional(),
  concurrency: concurrency.optional(),
});

/** Schema of the limits of a provider or a model. */
export const targetLimits = limits.extend({
  concurrency: z
    .union([count, z.literal('auto')], { error: 'must be a whole number from 1, or auto' })
    .meta({ description: 'Requests that run at the same time. auto: adapts to how the provider answers.' })
    .optional(),
});

/** Schema of limits as the API spells them. */
export const limitsInput = z
  .strictObject({
    requests_per_minute: count.optional(),
    tokens_per_minute: count.optional(),
    requests_per_day: count.optional(),
    tokens_per_day: count.optional(),
    concurrency: concurrency.optional(),
  })
  .transform((written): Limits => ({
    requestsPerMinute: written.requests_per_minute,
    tokensPerMinute: written.tokens_per_minute,
    requestsPerDay: written.requests_per_day,
    tokensPerDay: written.tokens_per_day,
    concurrency: written.concurrency,
  }));
