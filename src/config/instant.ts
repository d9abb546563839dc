import { z } from 'zod';

const FORM = /^(\d{4})-(\d\d)-(\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** Schema of an instant: a date, which begins at midnight in UTC, or a date with time and zone. Parses to milliseconds since the epoch. */
export const instant = z
  .string()
  .meta({ description: 'For example 2027-01-31, which begins at midnight in UTC, or 2027-01-31T12:00:00Z.' })
  .transform((text, context) => {
    const [, year, month, day] = FORM.exec(text) ?? [];
    const at = day === undefined ? Number.NaN : Date.parse(text);
    // A date that the month does not have is read as one of the next month.
    const exists = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day);
    if (Number.isFinite(at) && exists) return at;
    context.addIssue({
      code: 'custom',
      message: `${JSON.stringify(text.slice(0, 100))} is not an instant; write for example 2027-01-31 or 2027-01-31T12:00:00Z`,
    });
    return z.NEVER;
  });
