import { Link } from '@tanstack/react-router';
import type { ReactElement, ReactNode } from 'react';
import { Glyph, type GlyphKind } from '../../parts/glyphs.tsx';
import { formatSpend } from '../../parts/money.ts';
import { Time, TimeLeft } from '../../parts/time.tsx';
import type { EntryOut, NearBudget } from './concerns.ts';

interface ConcernProps {
  readonly glyph: GlyphKind;
  readonly title: ReactNode;
  readonly words: string;
  readonly right?: ReactNode;
  readonly below?: ReactNode;
}

/** Something that needs a look: its shape, its name and what it is, with two short lines on the right. */
export function Concern({ glyph, title, words, right, below }: ConcernProps): ReactElement {
  return (
    <li>
      <Glyph kind={glyph} />
      <div>
        <p>{title}</p>
        <p title={words}>{words}</p>
      </div>
      <div className="r">
        <p>{right}</p>
        <p>{below}</p>
      </div>
    </li>
  );
}

/** An entry that is not used now, with the time at which it may be tried again. */
export function EntryConcern({
  entry: { provider, model, state, words, retryAt },
}: {
  readonly entry: EntryOut;
}): ReactElement {
  const isFailing = state === 'failing';
  return (
    <Concern
      glyph={isFailing ? 'bad' : state === 'refusing' ? 'near' : 'waiting'}
      title={
        <Link to="/chains">
          {provider}
          <span className="muted">/</span>
          {model}
        </Link>
      }
      words={words}
      right={
        retryAt !== null && (
          <>
            {isFailing ? 'probe' : 'until'} <Time at={retryAt} />
          </>
        )
      }
      below={retryAt !== null && <TimeLeft until={retryAt} />}
    />
  );
}

/** Periods of budgets in words. */
const PERIODS: Readonly<Record<NearBudget['period'], string>> = {
  hour: 'this hour’s budget',
  day: 'today’s budget',
  week: 'this week’s budget',
  month: 'this month’s budget',
  total: 'the budget for all time',
};

/** A budget that is near its end. */
export function BudgetConcern({ budget }: { readonly budget: NearBudget }): ReactElement {
  const { owner, keyId, name, period, spent, amount, isSpent, share } = budget;
  const title = `${owner} ${name}`;
  return (
    <Concern
      glyph={isSpent ? 'bad' : 'near'}
      title={
        keyId === null ? (
          <Link to="/keys">{title}</Link>
        ) : (
          <Link to="/keys/$id" params={{ id: keyId }}>
            {title}
          </Link>
        )
      }
      words={`${share}% of ${PERIODS[period]}`}
      right={formatSpend(spent)}
      below={`of ${formatSpend(amount)}`}
    />
  );
}

interface MoreProps {
  readonly to: '/chains' | '/keys';
  readonly count: number;
  readonly what: string;
}

/** A link to those that are not listed. */
export function MoreConcerns({ to, count, what }: MoreProps): ReactElement {
  return (
    <li className="nothing">
      <Link to={to}>
        {count} more {what}
      </Link>
    </li>
  );
}
