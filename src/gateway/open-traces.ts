import { ConfigError } from '../config/problems.ts';
import type { Config } from '../config/schema.ts';
import type { Clock } from '../lib/clock.ts';
import { memberOf } from '../lib/record.ts';
import type { Traces } from '../observe/traces/traces.ts';

/** What the traces of a gateway are opened with. */
export interface OpenTracesOptions {
  readonly config: Pick<Config, 'traces'>;
  readonly clock: Clock;
  /** The gateway's own name among its replicas. */
  readonly name: string;
  readonly onProblem: (message: string) => void;
}

/** Where every copy of `@opentelemetry/api` in a process finds what was registered with one of them. */
const REGISTRY = Symbol.for('opentelemetry.js.api.1');

/**
 * Opens the traces of a gateway. Undefined where the configuration has no collector and the process no OpenTelemetry SDK: then not even the API is
 * loaded. Rejects with a ConfigError where packages are missing.
 */
export async function openTraces({ config, ...options }: OpenTracesOptions): Promise<Traces | undefined> {
  const { url, headers = {}, sample = 1, trustIncoming } = config.traces ?? {};
  if (url === undefined && memberOf(Reflect.get(globalThis, REGISTRY), 'trace') === undefined) return undefined;
  const [{ openTraces: open }, { MissingPackages }] = await Promise.all([
    import('../observe/traces/traces.ts'),
    import('../observe/traces/export.ts'),
  ]);
  const plain = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.reveal()]));
  const collector = url && { url: url.reveal(), headers: plain, sample };
  try {
    return await open({ ...options, trustIncoming, collector });
  } catch (thrown) {
    if (!(thrown instanceof MissingPackages)) throw thrown;
    throw new ConfigError([{ path: 'traces.url', message: thrown.message }]);
  }
}
