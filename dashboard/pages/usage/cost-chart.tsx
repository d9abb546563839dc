import { useQuery } from '@tanstack/react-query';
import type { UsageSummary } from 'spillway/client';
import { type ReactElement, useMemo } from 'react';
import { client } from '../../api/client.ts';
import { DAY_MS } from '../../parts/chart-times.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { formatSpend } from '../../parts/money.ts';
import { formatCompact } from '../../parts/numbers.ts';
import { TimeChart } from '../../parts/time-chart.tsx';
import { costDays } from './cost-days.ts';

interface CostChartProps {
  /** The first UTC day. */
  readonly from: string;
  readonly tenant: string | undefined;
}

/** The cost of each day. */
export function CostChart({ from, tenant }: CostChartProps): ReactElement {
  const input = { from, by: ['day'] as const, ...(tenant === undefined ? {} : { tenant }) };
  const query = useQuery({
    queryKey: ['usage', input],
    queryFn: ({ signal }) => client.usage.summary(input, { signal }),
  });
  return (
    <section>
      <Loaded query={query} what="The cost of each day" bones={6}>
        {(summary) => <Days summary={summary} />}
      </Loaded>
    </section>
  );
}

function Days({ summary }: { readonly summary: UsageSummary }): ReactElement {
  const { times, series } = useMemo(() => {
    const days = costDays(summary);
    return {
      times: days.times,
      series: [{ label: 'cost, where it is known', values: days.costs, shape: 'area', tone: 'quiet' }] as const,
    };
  }, [summary]);
  return (
    <TimeChart
      title="Cost per day"
      times={times}
      step={DAY_MS}
      series={series}
      format={formatSpend}
      formatAxis={(usd) => `$${formatTickAmount(usd)}`}
      isOpen
    />
  );
}

function formatTickAmount(usd: number): string {
  return usd >= 10 ? formatCompact(usd) : String(usd);
}
