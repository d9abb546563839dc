import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { UsageSummary } from 'spillway/client';
import type { ReactElement } from 'react';
import { client } from '../../api/client.ts';
import { tenantsQuery } from '../../api/queries.ts';
import { useSession } from '../../api/session.ts';
import { CodeBlock } from '../../parts/code-block.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Figure } from '../../parts/figure.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { formatSpend } from '../../parts/money.ts';
import { formatCount, formatShare } from '../../parts/numbers.ts';
import { Pick } from '../../parts/pick.tsx';
import { Segments } from '../../parts/segments.tsx';
import { CostChart } from './cost-chart.tsx';
import { DownloadCsv } from './download-csv.tsx';
import { firstDay, GROUPS, RANGES, shownOf } from './search.ts';
import { UsageTable } from './usage-table.tsx';

const route = getRouteApi('/usage');

/** What was used and what it cost, by UTC days: as one sum, over time, and by key, tenant, chain, provider or model. */
export function UsagePage(): ReactElement {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { tenant: own } = useSession();
  const { range = '30d', by = 'key', tenant } = search;
  const days = RANGES.find(({ value }) => value === range)?.days ?? 30;
  const input = { from: firstDay(days, Date.now()), by: [by], ...(tenant === undefined ? {} : { tenant }) };
  const query = useQuery({
    queryKey: ['usage', input],
    queryFn: ({ signal }) => client.usage.summary(input, { signal }),
  });
  const tenants = useQuery(tenantsQuery);
  const set = (change: Partial<typeof search>): void => void navigate({ search: { ...search, ...change } });
  return (
    <>
      <div className="head">
        <h1>
          Usage<span className="soft">by UTC days, today included</span>
        </h1>
        <div className="tools">
          {own === null && (
            <Pick
              label="tenant"
              value={tenant}
              options={tenants.data?.data.map(({ name }) => name) ?? []}
              onPick={(name) => set({ tenant: name })}
            />
          )}
          <Segments label="Range" value={range} options={RANGES} onChoose={(value) => set({ range: value })} />
        </div>
      </div>
      <Loaded query={query} what="The usage" bones={8}>
        {(summary) =>
          summary.total.requests === 0 ? (
            <NoUsage />
          ) : (
            <>
              <Totals summary={summary} />
              <CostChart from={input.from} tenant={tenant} />
              <section>
                <div className="bar">
                  <Segments label="Summed by" value={by} options={GROUPS} onChoose={(value) => set({ by: value })} />
                  <DownloadCsv summary={summary} isOld={query.isPlaceholderData} />
                </div>
                <UsageTable summary={summary} />
              </section>
            </>
          )
        }
      </Loaded>
    </>
  );
}

function Totals({ summary }: { readonly summary: UsageSummary }): ReactElement {
  const { days } = shownOf(summary);
  const { total } = summary;
  const cached = total.input_tokens === 0 ? 0 : total.cached_input_tokens / total.input_tokens;
  return (
    <dl className="kpis of-5">
      <Figure
        label="Cost"
        value={formatSpend(total.cost_usd)}
        note={total.estimated_usd > 0 ? `${formatSpend(total.estimated_usd)} of it estimated` : `in ${days} days`}
      />
      <Figure
        label="Requests"
        value={formatCount(total.requests)}
        note={`${formatCount(total.requests / days)} a day`}
      />
      <Figure
        label="Input tokens"
        value={formatCount(total.input_tokens)}
        note={`${formatShare(cached)}% from the provider’s cache`}
      />
      <Figure
        label="Output tokens"
        value={formatCount(total.output_tokens)}
        note={`${formatCount(total.reasoning_tokens)} of them reasoning`}
      />
      <Figure
        label="Cost unknown"
        value={formatCount(total.unknown)}
        note={total.unknown === 0 ? 'every request has a price' : 'requests without a known price'}
      />
    </dl>
  );
}

function NoUsage(): ReactElement {
  return (
    <Empty title="Nothing was used in this time.">
      <p className="small muted">The same report on the command line:</p>
      <CodeBlock text="spillway usage --since 30d --by key,model" what="Command" />
    </Empty>
  );
}
