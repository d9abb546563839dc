import type { ReactElement } from 'react';
import { outcomeWords } from '../../parts/outcomes.ts';
import { Pick } from '../../parts/pick.tsx';
import { numberOf } from '../../parts/read-search.ts';
import { FILTER_WORDS, type Filter } from './filters.ts';
import { useFilterOptions } from './filter-options.ts';
import { OUTCOMES, type RequestsSearch, STATUSES } from './search.ts';
import { TypedFilter } from './typed-filter.tsx';

interface FilterControlProps {
  readonly filter: Filter;
  readonly search: RequestsSearch;
  readonly onChange: (change: Partial<RequestsSearch>) => void;
  /** Whether it was just added: then it has the focus. */
  readonly isNew: boolean;
}

/** The control of one filter: a choice where the values are known, else a field. */
export function FilterControl({ filter, search, onChange, isNew }: FilterControlProps): ReactElement {
  const options = useFilterOptions();
  const label = FILTER_WORDS[filter];
  switch (filter) {
    case 'chain':
    case 'provider':
    case 'model':
    case 'operation':
    case 'code':
      return (
        <Pick
          label={label}
          value={search[filter]}
          options={options[filter]}
          onPick={(value) => onChange({ [filter]: value })}
        />
      );
    case 'key':
      return (
        <Pick
          label={label}
          value={search.key}
          options={[...options.keys.keys()]}
          wordOf={(id) => options.keys.get(id) ?? id}
          onPick={(key) => onChange({ key })}
        />
      );
    case 'outcome':
      return (
        <Pick
          label={label}
          value={search.outcome}
          options={OUTCOMES}
          wordOf={outcomeWords}
          onPick={(outcome) => onChange({ outcome })}
        />
      );
    case 'status':
      return <Pick label={label} value={search.status} options={STATUSES} onPick={(status) => onChange({ status })} />;
    case 'failed':
    case 'stream':
      return (
        <Pick
          label={label}
          value={search[filter] === undefined ? undefined : search[filter] ? 'yes' : 'no'}
          options={['yes', 'no']}
          onPick={(value) => onChange({ [filter]: value === undefined ? undefined : value === 'yes' })}
        />
      );
    case 'tenant':
    case 'user':
    case 'tag':
      return (
        <TypedFilter
          label={label}
          value={search[filter]}
          focus={isNew}
          onApply={(value) => onChange({ [filter]: value })}
        />
      );
    case 'attempts_min':
    case 'ms_min':
    case 'cost_min':
      return (
        <TypedFilter
          label={label}
          value={search[filter]?.toString()}
          focus={isNew}
          numeric
          onApply={(value) => onChange({ [filter]: numberOf(value) })}
        />
      );
  }
}
