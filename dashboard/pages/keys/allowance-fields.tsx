import type { ReactElement } from 'react';
import { Field } from '../../parts/field.tsx';
import { type AllowanceDraft, LIMIT_FIELDS, PERIODS } from './allowance-draft.ts';

interface AllowanceFieldsProps {
  readonly draft: AllowanceDraft;
  readonly onChange: (draft: AllowanceDraft) => void;
  /** What is wrong, by the names of members. */
  readonly problems: Readonly<Record<string, string>>;
}

/** Fields of limits and of a budget. */
export function AllowanceFields({ draft, onChange, problems }: AllowanceFieldsProps): ReactElement {
  return (
    <>
      <div className="fields">
        <Field label="Budget, $" hint="Empty: no budget." problem={problems['budgets.0.amount_usd']}>
          {(attributes) => (
            <input
              {...attributes}
              inputMode="decimal"
              value={draft.amount}
              onChange={({ target }) => onChange({ ...draft, amount: target.value })}
            />
          )}
        </Field>
        <Field label="Period">
          {(attributes) => (
            <select
              {...attributes}
              value={draft.period}
              onChange={({ target }) =>
                onChange({ ...draft, period: PERIODS.find((each) => each === target.value) ?? 'month' })
              }
            >
              {PERIODS.map((period) => (
                <option key={period} value={period}>
                  {period === 'total' ? 'all time' : period}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Time zone of the period" hint="UTC unless given." problem={problems['budgets.0.time_zone']}>
          {(attributes) => (
            <input
              {...attributes}
              placeholder="Europe/Berlin"
              value={draft.timeZone}
              onChange={({ target }) => onChange({ ...draft, timeZone: target.value })}
            />
          )}
        </Field>
      </div>
      <div className="fields">
        {LIMIT_FIELDS.map(({ name, word }) => (
          <Field key={name} label={word} problem={problems[`limits.${name}`]}>
            {(attributes) => (
              <input
                {...attributes}
                inputMode="numeric"
                value={draft.limits[name]}
                onChange={({ target }) => onChange({ ...draft, limits: { ...draft.limits, [name]: target.value } })}
              />
            )}
          </Field>
        ))}
      </div>
    </>
  );
}
