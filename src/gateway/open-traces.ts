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
  /** Has OpenTelemetry's variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly onProblem: (message: string) => void;
}

/** Where every copy of `@opentelemetry/api` in a process finds what was registered with one of them. */
const REGISTRY = Symbol.for('opentelemetry.js.api.1');

/**
 * Opens the traces of a gateway: sent by itself where a collector is configured, else by the OpenTelemetry SDK of the process. Undefined where there is
 * neither. No package of OpenTelemetry is loaded but the API, and that only for an SDK.
 */
export async function openTraces({ config, ...options }: OpenTracesOptions): Promise<Traces | undefined> {
  const { url, headers = {}, sample = 1, trustIncoming } = config.traces ?? {};
  if (url !== undefined) {
    const { openExportedTraces } = await import('../observe/traces/exported-traces.ts');
    const plain = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.reveal()]));
    return openExportedTraces({ ...options, trustIncoming, url: url.reveal(), headers: plain, sample });
  }
  if (memberOf(Reflect.get(globalThis, REGISTRY), 'trace') === undefined) return undefined;
  const { openProcessTraces } = await import('../observe/traces/process-traces.ts');
  return openProcessTraces({ ...options, trustIncoming });
}
