import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { EntryName } from '../../parts/entry-name.tsx';
import { EntryState } from '../../live/entry-state.tsx';
import { formatCount, formatShare } from '../../parts/numbers.ts';
import { formatPrice } from '../../parts/price.ts';
import { entryOf } from './health-rows.ts';
import { type ModelNow, priceSourceWords } from './models.ts';
import type { ProvidersSearch } from './search.ts';

interface StateTableProps {
  readonly models: readonly ModelNow[];
  readonly search: ProvidersSearch;
}

/** Each model as it is now. A row opens its keys, its outcomes and its failures below. */
export function StateTable({ models, search }: StateTableProps): ReactElement {
  const hasPools = models.some(({ best }) => best.key !== null);
  return (
    <table className="models">
      <thead>
        <tr>
          <th>Model</th>
          <th>State</th>
          {hasPools && <th className="num roomy spare">Keys ready</th>}
          <th className="num">
            Answered<span className="roomy">, 1 h, %</span>
          </th>
          <th className="num roomy">First token, ms</th>
          <th className="num roomy">p95, ms</th>
          <th className="num roomy">In, $/M</th>
          <th className="num roomy">Out, $/M</th>
          <th className="roomy spare">Price from</th>
        </tr>
      </thead>
      <tbody>
        {models.map((model) => (
          <Row key={entryOf(model)} model={model} search={search} hasPools={hasPools} />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps extends Pick<StateTableProps, 'search'> {
  readonly model: ModelNow;
  readonly hasPools: boolean;
}

function Row({ model: now, search, hasPools }: RowProps): ReactElement {
  const { provider, model, best, firstToken, keys, ready, lastHour } = now;
  const entry = entryOf(now);
  const isOpen = search.entry === entry;
  const { price } = best;
  return (
    <tr aria-current={isOpen ? true : undefined}>
      <td className="cut model">
        <Link to="/providers" search={{ ...search, entry: isOpen ? undefined : entry }} resetScroll={false} data-row="">
          <EntryName provider={provider} model={model} />
        </Link>
      </td>
      <td>{best.state === null ? <None /> : <EntryState state={best.state} />}</td>
      {hasPools && (
        <td className="num roomy spare soft">{best.key === null ? <None /> : `${ready} of ${keys.length}`}</td>
      )}
      <td className="num">{lastHour.attempts === 0 ? <None /> : formatShare(lastHour.answered / lastHour.attempts)}</td>
      <td className="num roomy">{firstToken === null ? <None /> : formatCount(firstToken.p50)}</td>
      <td className="num roomy">{firstToken === null ? <None /> : formatCount(firstToken.p95)}</td>
      <td className="num roomy">{price === null ? <None /> : formatPrice(price.input)}</td>
      <td className="num roomy">{price === null ? <None /> : formatPrice(price.output)}</td>
      <td className="roomy spare soft">{price === null ? <None /> : priceSourceWords(price.source)}</td>
    </tr>
  );
}

function None(): ReactElement {
  return <span className="muted">–</span>;
}
