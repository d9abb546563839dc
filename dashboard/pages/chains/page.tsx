import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { ChainStatusList } from 'spillway/client';
import { type ReactElement, useMemo } from 'react';
import { chainsQuery, configQuery, providersQuery } from '../../api/queries.ts';
import { useSession } from '../../api/session.ts';
import { entriesOut } from '../../live/entries-out.ts';
import { useLive } from '../../live/use-live.ts';
import { CodeBlock } from '../../parts/code-block.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { formatCount } from '../../parts/numbers.ts';
import { QueryError } from '../../parts/query-error.tsx';
import { TextFilter } from '../../parts/text-filter.tsx';
import { aliasesOf } from './aliases.ts';
import { ChainSection } from './chain-section.tsx';
import { ExplainDialog } from './explain-dialog.tsx';
import { FailoverTable } from './failover-table.tsx';
import { liveFailures } from './live-failures.ts';
import { EVERY_MS, sharesQuery } from './queries.ts';
import { chainMatches } from './search.ts';
import { chainSums } from './shares.ts';

const route = getRouteApi('/chains');

/** From this number of chains on there is a search. */
const MANY_CHAINS = 6;

const NO_CHAINS: ChainStatusList['data'] = [];

/** An example of what is missing where there is no chain. */
const EXAMPLE = `chains:
  default:
    entries: [groq/llama-3.3-70b-versatile, openai/gpt-4.1-mini]`;

/** The chains as their entries in order, live, and failovers as they happen. */
export function ChainsPage(): ReactElement {
  const { q, explain } = route.useSearch();
  const navigate = route.useNavigate();
  const chains = useQuery({ ...chainsQuery, refetchInterval: EVERY_MS });
  const providers = useQuery({ ...providersQuery, refetchInterval: EVERY_MS });
  const shares = useQuery(sharesQuery);
  const { tenant } = useSession();
  const config = useQuery({ ...configQuery, enabled: tenant === null, refetchInterval: EVERY_MS });
  const limits = useLive((live) => live.limits);
  const running = useLive((live) => live.running);
  const ended = useLive((live) => live.ended);
  const failures = useMemo(() => liveFailures([...running, ...ended]), [running, ended]);
  const aliases = useMemo(() => aliasesOf(config.data?.config ?? {}), [config.data]);
  const sums = useMemo(() => shares.data && chainSums(shares.data), [shares.data]);
  const list = chains.data?.data ?? NO_CHAINS;
  const order = useMemo(() => new Map(list.map(({ id, entries }) => [id, entries.map(nameOf)])), [list]);
  const open = (model: string | undefined): void => void navigate({ search: { q, explain: model }, replace: true });
  return (
    <>
      <div className="head">
        <h1>
          Chains
          {chains.data !== undefined && <span className="soft">{headWords(list, entriesOut(limits))}</span>}
        </h1>
        <div className="tools">
          {list.length >= MANY_CHAINS && (
            <TextFilter
              label="Chain or model"
              value={q}
              onChange={(text) => void navigate({ search: { q: text }, replace: true })}
              isSearch
            />
          )}
          <button type="button" className="btn" onClick={() => open('')}>
            Explain a request
          </button>
        </div>
      </div>
      {chains.error === null && (
        <>
          <QueryError what="The shares and the counts of 24 hours" query={shares} />
          <QueryError what="Times to the first token, prices and failures" query={providers} />
        </>
      )}
      <Loaded query={chains} what="The chains" bones={9}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty title="No chain is configured. A chain names the entries that a request tries, in order:">
              <CodeBlock text={EXAMPLE} what="Configuration" />
            </Empty>
          ) : (
            <>
              {data
                .filter((chain) => chainMatches(chain, aliases.get(chain.id) ?? [], q))
                .map((chain) => (
                  <ChainSection
                    key={chain.id}
                    chain={chain}
                    aliases={aliases.get(chain.id) ?? []}
                    limits={limits}
                    providers={providers.data}
                    sums={sums}
                    failures={failures}
                  />
                ))}
            </>
          )
        }
      </Loaded>
      <FailoverTable order={order} isUnused={shares.data?.total.requests === 0} />
      <ExplainDialog model={explain} onClose={() => open(undefined)} />
    </>
  );
}

type Chains = ChainStatusList['data'];

function headWords(chains: Chains, out: number): string {
  const models = new Set(chains.flatMap(({ entries }) => entries.map(nameOf)));
  const words = [counted(chains.length, 'chain'), counted(models.size, 'model')];
  return [...words, out === 0 ? 'none out' : `${out} out`].join(', ');
}

function nameOf({ provider, model }: Chains[number]['entries'][number]): string {
  return `${provider}/${model}`;
}

function counted(count: number, word: string): string {
  return `${formatCount(count)} ${word}${count === 1 ? '' : 's'}`;
}
