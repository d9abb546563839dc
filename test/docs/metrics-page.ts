import { pathToFileURL } from 'node:url';
import { type MetricDefinition, SECTIONS } from '../../src/observe/metrics/definitions.ts';
import { LOG_METRICS } from '../../src/observe/metrics/log-metrics.ts';

const TITLES: Readonly<Record<keyof typeof SECTIONS, string>> = {
  traffic: 'Traffic',
  failover: 'Failover',
  providers: 'Providers',
  money: 'Money',
  limits: 'Limits and budgets of keys and tenants',
  store: 'Store and keys',
  overload: 'Overload',
  gateway: 'The gateway itself',
};

const INTRODUCTION = `# Metrics

Watch the gateway with Prometheus, Grafana, or whatever reads Prometheus' text format.

\`\`\`yml
# prometheus.yml
scrape_configs:
  - job_name: spillway
    authorization: { credentials: KEY_OF_A_VIEWER }
    static_configs: [{ targets: ["127.0.0.1:4141"] }]
rule_files: [docs/grafana/alerts.yaml]
\`\`\`

| I want to | do |
|---|---|
| scrape with a key | Give a key the role \`viewer\`. A key with a tenant is refused, because the metrics are of all tenants. Without keys, this machine may scrape. |
| scrape without a key, on the port of the gateway | \`metrics: { public: true }\` |
| scrape without a key, on a port of its own | \`metrics: { port: 9464 }\`, and \`host\` where it is not that of the server. It serves \`/metrics\` and nothing else. |
| see it all | Import [grafana/spillway.json](grafana/spillway.json) into Grafana 11 or newer. |
| be alerted | Load [grafana/alerts.yaml](grafana/alerts.yaml) into Prometheus. |

Several gateways: each has its own counts, so sum them; gauges of budgets are the same budget's in each, so take the smallest or the largest. Workers of one gateway
have [one page](workers.md#metrics).

## Settings

| key of \`metrics\` | default | meaning |
|---|---|---|
| \`public\` | \`false\` | Whether \`GET /metrics\` needs no key. |
| \`port\`, \`host\` | none | A listener of its own, without keys. |
| \`keys\` | \`200\` | How many keys have series of their own. Those of further keys are \`(other)\`. |
| \`maxSeries\` | \`10000\` | Most series of one scrape, beside those of the process. Further ones are merged into \`(other)\`, and counted by \`spillway_metrics_series_dropped_total\`. |

The section counts at the start.

## Labels

Labels come from the configuration and from closed lists, not from what a client sends: no typo and no scanner adds a series. The one exception are models of a
provider that allows all its models.

| label | values |
|---|---|
| \`operation\` | procedures of the API; \`(none)\` for a request that reached none |
| \`chain\` | names of configured chains; \`(pair)\` for a request that names a model, or several; \`(none)\` without either |
| \`provider\`, \`model\` | those of the configuration. Of providers that allow all their models (\`"*"\`) the first 200 models that have answered, if their names look like one; the others are \`(other)\`. |
| \`key_number\` | number of the provider's key in its pool, from 1; empty without a pool |
| \`tenant\`, \`key\` | names of the keys in the configuration and the store, the first ones that are seen; \`local\`, \`internal\`; \`(none)\` without a known key. Callers that an application [identifies itself](embed.md#who-calls), and keys of its own sources, are \`(other)\`. |
| \`code\` | \`ok\`, or a code of [errors.md](errors.md) |
| \`outcome\`, \`reason\` of a skip | as in the trail of a request ([embedding.md](embedding.md#events)) |
| \`name\`, \`models\` of a budget | name of the key or the tenant; the budget's patterns, empty for all models |

After a reload that removes a chain or a model, its series stay until the restart.

## Metrics

Names and labels change with a major version only.
`;

const REST = `
### Request log

Present where the request log is.

LOG
### Process

\`process_*\` and \`nodejs_*\` are those of [prom-client](https://github.com/siimon/prom-client): CPU, memory, open files, garbage collection, and delay of the event
loop. They are measured from the first scrape on.

## Edge cases

- A scrape waits for nothing: what several gateways have spent of one budget is as of the scrape before.
- \`spillway_store_up\` is about the last write and the last read of keys. An idle gateway writes nothing.
- \`spillway_tokens_total\` has the parts of a whole beside it: do not add \`cached_input\`, \`cache_write\` and \`audio_input\` to \`input\`, nor \`reasoning\` and
  \`audio_output\` to \`output\`.
- A key that is renamed keeps the label with its former name until the restart.
- The cost of a stream counts at its end; its attempt counts at its first token.
- A read of [events.watch](events.md) or [limits.watch](limits.md) is a request that lasts as long as its client listens.
`;

/** docs/metrics.md. */
export function metricsPage(): string {
  const sections = Object.entries(SECTIONS).map(
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the names of its members are its type
    ([name, metrics]) => `\n### ${TITLES[name as keyof typeof SECTIONS]}\n\n${tableOf(Object.values(metrics))}`,
  );
  return `${INTRODUCTION}${sections.join('')}${REST.replace('LOG\n', tableOf(Object.values(LOG_METRICS)))}`;
}

function tableOf(metrics: readonly MetricDefinition[]): string {
  const rows = metrics.map(({ name, kind, labels, help, buckets }) => {
    const shown = labels.map((label) => `\`${label}\``).join(', ');
    const bounds = buckets === undefined ? '' : ` Buckets: ${buckets.join(', ')}.`;
    return `| \`${name}\` | ${kind} | ${shown} | ${help}${bounds} |`;
  });
  return `| name | kind | labels | what it is |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.stdout.write(metricsPage());
