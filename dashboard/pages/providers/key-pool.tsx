import type { ReactElement } from 'react';
import { EntryState } from '../../live/entry-state.tsx';
import { formatExact } from '../../parts/money.ts';
import { formatCount, formatShare, formatTime } from '../../parts/numbers.ts';
import { reasonWords } from '../../parts/outcomes.ts';
import { Countdown } from '../../parts/time.tsx';
import { type ModelNow, priceSourceWords } from './models.ts';

/** What is known of a model beside its keys, in words. */
export function ModelFacts({ model: { best, firstToken } }: { readonly model: ModelNow }): ReactElement {
  const { price } = best;
  const time =
    firstToken === null
      ? 'No stream yet.'
      : `First token of the last 100 streams: ${formatTime(firstToken.p50)}, p95 ${formatTime(firstToken.p95)}.`;
  const money =
    price === null
      ? 'Its price is unknown.'
      : `Price per million tokens: ${formatExact(price.input)} in, ${formatExact(price.output)} out, from: ${priceSourceWords(price.source)}.`;
  return (
    <p className="soft model-facts">
      {time} {money}
    </p>
  );
}

/** The keys of a provider's pool, by their numbers: how one model works under each of them. */
export function KeyPool({ model: { keys } }: { readonly model: ModelNow }): ReactElement {
  return (
    <table>
      <thead>
        <tr>
          <th>Key</th>
          <th>State</th>
          <th className="roomy">Why</th>
          <th className="num roomy">Running</th>
          <th className="num roomy">Attempts, 1 min</th>
          <th className="num">Attempts, 1 h</th>
          <th className="num">Answered, %</th>
        </tr>
      </thead>
      <tbody>
        {keys.map(({ id, key, state, reason, retry_at: retryAt, running, last_minute: minute, last_hour: hour }) => (
          <tr key={id}>
            <td>{key === null ? <span className="muted">only one</span> : `#${key}`}</td>
            <td>{state === null ? <span className="muted">–</span> : <EntryState state={state} />}</td>
            <td className="roomy soft">
              {reason !== null && state !== 'failing' && reasonWords(reason)}
              {retryAt !== null && (
                <>
                  {' '}
                  <Countdown until={retryAt} />
                </>
              )}
            </td>
            <td className="num roomy">{running === null ? <span className="muted">–</span> : formatCount(running)}</td>
            <td className="num roomy">{formatCount(minute.attempts)}</td>
            <td className="num">{formatCount(hour.attempts)}</td>
            <td className="num">
              {hour.success_rate === null ? <span className="muted">–</span> : formatShare(hour.success_rate)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
