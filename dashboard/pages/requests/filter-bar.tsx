import { type ReactElement, useState } from 'react';
import { FilterControl } from './filter-control.tsx';
import { FILTER_WORDS, type Filter, FILTERS, setFilters, USUAL_FILTERS } from './filters.ts';
import { OwnRange } from './range-bar.tsx';
import type { RequestsSearch } from './search.ts';

interface FilterBarProps {
  readonly search: RequestsSearch;
  readonly onChange: (change: Partial<RequestsSearch>) => void;
}

/** The filters: the usual ones, those that are set, and a way to add others. */
export function FilterBar({ search, onChange }: FilterBarProps): ReactElement {
  const [added, setAdded] = useState<readonly Filter[]>([]);
  const shown = new Set([...USUAL_FILTERS, ...setFilters(search), ...added]);
  const others = FILTERS.filter((filter) => !shown.has(filter));
  const remove = (filter: Filter): void => {
    setAdded(added.filter((each) => each !== filter));
    onChange({ [filter]: undefined });
  };
  return (
    <div className="tools filters">
      <OwnRange search={search} onChange={onChange} />
      {FILTERS.filter((filter) => shown.has(filter)).map((filter) => (
        <span key={filter} className="filter">
          <FilterControl filter={filter} search={search} onChange={onChange} isNew={added.includes(filter)} />
          {(search[filter] !== undefined || !USUAL_FILTERS.includes(filter)) && (
            <button
              type="button"
              className="btn remove"
              aria-label={`Remove the filter ${FILTER_WORDS[filter]}`}
              onClick={() => remove(filter)}
            >
              ×
            </button>
          )}
        </span>
      ))}
      {others.length > 0 && (
        <label className="pick">
          <select
            aria-label="Add filter"
            value=""
            onChange={({ target }) => {
              const filter = others.find((each) => each === target.value);
              if (filter !== undefined) setAdded([...added, filter]);
            }}
          >
            <option value="">Add filter</option>
            {others.map((filter) => (
              <option key={filter} value={filter}>
                {FILTER_WORDS[filter]}
              </option>
            ))}
          </select>
        </label>
      )}
    </div>
  );
}
