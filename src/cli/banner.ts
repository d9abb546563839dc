import { serverSettings } from '../config/server-settings.ts';
import type { Configuration } from './configuration.ts';

/** What listens. */
export interface Listening {
  readonly url: string;
  /** Where metrics are served on a port of their own; undefined without one. */
  readonly metricsUrl: string | undefined;
  readonly keyless: boolean;
  /** Number of processes that serve, where there are several. */
  readonly workers?: number | undefined;
}

/** The lines that say what is served, and where. */
export function banner({ url, metricsUrl, keyless, workers }: Listening, { source, config }: Configuration): string {
  const { basePath, dashboard } = serverSettings(config);
  const address = url + basePath;
  const chains = Object.keys(config.chains);
  const body = JSON.stringify({ model: chains[0], messages: [{ role: 'user', content: 'Hello' }] }).replaceAll(
    "'",
    String.raw`'\''`,
  );
  const key = keyless ? '' : " -H 'authorization: Bearer YOUR_KEY'";
  return [
    ...(metricsUrl === undefined ? [] : [`metrics on ${metricsUrl}`]),
    `spillway on ${address} with ${source}${workers === undefined ? '' : `, ${workers} workers`}`,
    ...(dashboard ? [`dashboard at ${address}/ui/`] : []),
    `chains: ${chains.join(', ')}`,
    `OpenAI API at ${address}/v1, Anthropic API at ${address}, tRPC at ${address}/trpc, docs at ${address}/docs`,
    `try: curl -i ${address}/v1/chat/completions -H 'content-type: application/json'${key} -d '${body}'`,
    '',
  ].join('\n');
}
