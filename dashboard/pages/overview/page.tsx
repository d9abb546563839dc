import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { chainsQuery } from '../../api/queries.ts';
import { LiveStatus } from '../../live/live-status.tsx';
import { Bones } from '../../parts/bones.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Segments } from '../../parts/segments.tsx';
import { Status } from '../../parts/status.tsx';
import { Figures } from './figures.tsx';
import { FirstStart } from './first-start.tsx';
import { Latest } from './latest.tsx';
import { NeedsALook } from './needs-a-look.tsx';
import { RequestsChart } from './requests-chart.tsx';
import { type Range, RANGES } from './search.ts';
import { useLatest } from './use-latest.ts';
import { useRange, useRecent } from './use-points.ts';

const route = getRouteApi('/');

const RANGE_WORDS: Readonly<Record<Range, string>> = { '1h': '1 h', '24h': '24 h', '7d': '7 d', '30d': '30 d' };
const RANGE_OPTIONS = RANGES.map((value) => ({ value, word: RANGE_WORDS[value] }));
const CHAINS_EVERY_MS = 30_000;

/** How the gateway is now: six figures, its requests over time, what needs a look, and the newest requests as they happen. */
export function OverviewPage(): ReactElement {
  const { range = '1h' } = route.useSearch();
  const navigate = route.useNavigate();
  const latest = useLatest();
  const chains = useQuery({ ...chainsQuery, refetchInterval: CHAINS_EVERY_MS });
  // A first start stays until its reader has seen the answer, or leaves the page.
  const [isFirstStart, setIsFirstStart] = useState<boolean>();
  if (isFirstStart === undefined && latest.isEmpty !== undefined) setIsFirstStart(latest.isEmpty);
  if (isFirstStart === true)
    return (
      <>
        <div className="head">
          <h1>Three steps to a first answer</h1>
          <LiveStatus />
        </div>
        <Loaded query={chains} what="The chains">
          {(data) => (
            <FirstStart
              chains={data}
              hasRequest={latest.rows.length > 0}
              hasFailover={latest.hasFailover}
              onDone={() => setIsFirstStart(false)}
            />
          )}
        </Loaded>
        <Latest requests={latest} aside={latest.rows.length === 0 && <Waiting />} />
      </>
    );
  return (
    <>
      <div className="head">
        <h1>Overview</h1>
        <div className="tools">
          <Segments
            label="Time range"
            value={range}
            options={RANGE_OPTIONS}
            onChoose={(chosen) => void navigate({ search: chosen === '1h' ? {} : { range: chosen }, replace: true })}
          />
          <LiveStatus />
        </div>
      </div>
      <Picture range={range}>
        <NeedsALook chains={chains.data} />
      </Picture>
      <Latest
        requests={latest}
        aside={
          <Link to="/requests" className="small">
            All requests
          </Link>
        }
      />
    </>
  );
}

/** The figures of a range, and its chart with what stands beside it. */
function Picture({ range, children }: { readonly range: Range; readonly children: ReactElement }): ReactElement {
  const recent = useRecent();
  const shown = useRange(range);
  return (
    <>
      <Loaded query={shown} what="The figures" bones={4}>
        {(data) => (data === null ? <NotCounted /> : <Figures range={range} shown={data} recent={recent.data} />)}
      </Loaded>
      <div className="two">
        <section>
          {shown.data && <RequestsChart shown={shown.data} />}
          {shown.isPending && <Bones lines={5} what="The chart" />}
        </section>
        {children}
      </div>
    </>
  );
}

function NotCounted(): ReactElement {
  return (
    <Empty title="The last hour is not counted for your tenant: more tenants have sent requests than the gateway counts apart.">
      <Link to="/" search={{ range: '24h' }}>
        Show the last 24 hours
      </Link>
    </Empty>
  );
}

function Waiting(): ReactElement {
  return (
    <span className="small soft">
      <Status kind="running">waiting for the first request</Status>
    </span>
  );
}
