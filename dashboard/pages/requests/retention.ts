const DAY = 86_400_000;
/** What the gateway does unless the configuration says otherwise. */
const USUAL_DAYS = 30;

/** For how many days rows of the request log are kept, by `config.retrieve`: up to one decimal. Null where the configuration has something else there. */
export function retentionDays(config: Readonly<Record<string, unknown>>): number | null {
  const log = config['log'];
  if (log === undefined) return USUAL_DAYS;
  if (typeof log !== 'object' || log === null) return null;
  if (!('retention' in log)) return USUAL_DAYS;
  return typeof log.retention === 'number' ? Number((log.retention / DAY).toFixed(1)) : null;
}
