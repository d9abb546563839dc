import { DAY_MS } from '../../parts/chart-times.ts';

/** What the gateway does unless the configuration says otherwise. */
const USUAL_MS = 30 * DAY_MS;

/** For how many milliseconds rows of the request log are kept, by `config.retrieve`. Null where the configuration has something else there. */
export function retentionMs(config: Readonly<Record<string, unknown>>): number | null {
  const log = config['log'];
  if (log === undefined) return USUAL_MS;
  if (typeof log !== 'object' || log === null) return null;
  if (!('retention' in log)) return USUAL_MS;
  return typeof log.retention === 'number' ? log.retention : null;
}
