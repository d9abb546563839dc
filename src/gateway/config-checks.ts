import type { ActiveConfig } from '../config/active-config.ts';
import type { ComparedChanges, ComparedText } from '../config/check-against.ts';
import { checkInProcess } from '../config/check-in-process.ts';
import { viewOf } from '../config/view.ts';
import type { ConfigCheck, ConfigCheckInput, ConfigValue } from '../domain/config-view.ts';
import { GatewayError } from '../domain/errors.ts';
import type { Redact } from '../lib/redact.ts';

/** What a text is compared with. */
export type ConfigsToCompare = Pick<ActiveConfig, 'config' | 'started' | 'snapshot'>;

/** Most checks that run and wait. Each takes a processor for up to 5 seconds. */
const MOST_CHECKS = 8;

/**
 * Makes the check of configurations: of a text, against the configuration that is served when its turn comes. One runs at a time, in a process of its own. Rejects
 * with `overloaded` where too many wait.
 */
export function createConfigChecks(
  active: ConfigsToCompare,
): (input: ConfigCheckInput, signal: AbortSignal) => Promise<ConfigCheck> {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async ({ text, format = 'yaml' }, signal) => {
    if (waiting >= MOST_CHECKS)
      throw new GatewayError('overloaded', { message: 'Too many configurations are being checked.', retryAfter: 5 });
    waiting++;
    try {
      const checked = last.then(() => checkInProcess({ text, format, ...viewsOf(active) }, signal));
      last = checked.catch(() => undefined);
      const { problems, compared } = await checked;
      return {
        object: 'config.check',
        ok: problems.length === 0,
        problems: problems.map(({ path, message, nearest, line }) => ({
          path,
          message: nearest === undefined ? message : `${message}; did you mean '${nearest}'?`,
          ...(line === undefined ? {} : { line }),
        })),
        ...(compared && describeChanges(compared, active.snapshot.redact)),
      };
    } finally {
      waiting--;
    }
  };
}

/** The configurations that a text is compared with. */
function viewsOf({
  config,
  started,
  snapshot: { redact },
}: ConfigsToCompare): Pick<ComparedText, 'served' | 'started'> {
  return { served: viewOf(config, redact), started: viewOf(started, redact) };
}

function describeChanges(
  { changes, omitted, restart }: ComparedChanges,
  redact: Redact,
): Pick<ConfigCheck, 'changes' | 'changes_omitted' | 'restart'> {
  // The text may have a secret of the served configuration at another place.
  const shown = changes.map((change) => ({ ...change, after: redacted(change.after, redact) }));
  return { changes: shown.filter(({ before, after }) => before !== after), changes_omitted: omitted, restart };
}

function redacted(value: ConfigValue, redact: Redact): ConfigValue {
  return typeof value === 'string' ? redact(value) : value;
}
