import type { ConfigResult } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import type { Applied, SentResult } from '../workers/protocol.ts';
import { type SentConfig, sendConfig } from '../workers/sent-config.ts';
import type { Reloadable } from './reload.ts';

/** The configuration of all workers. */
export interface ReloadableWorkers extends Reloadable {
  readonly apply: (result: ConfigResult) => Promise<void>;
  /** The newest configuration that is active; undefined while it is that of the start. */
  readonly sent: SentConfig | undefined;
}

/** What a reload applies to where workers serve. `apply` sends a configuration to all of them. */
export function reloadWorkers(
  started: Config,
  apply: (result: SentResult) => Promise<Applied | undefined>,
): ReloadableWorkers {
  let config = started;
  let sent: SentConfig | undefined;
  let applied: Applied = { rejected: undefined, restart: [] };
  return {
    get config() {
      return config;
    },
    get sent() {
      return sent;
    },
    get configuration() {
      const { rejected, restart } = applied;
      return { rejected: rejected && { problems: rejected }, restart };
    },
    async apply(result) {
      if (!result.ok) {
        const known = await apply({ ok: false, problems: result.problems });
        applied = {
          restart: applied.restart,
          rejected: known?.rejected ?? result.problems.map(({ message }) => message),
        };
        return;
      }
      const next = sendConfig(result.config);
      applied = (await apply({ ok: true, config: next })) ?? { rejected: undefined, restart: applied.restart };
      if (applied.rejected !== undefined) return;
      ({ config } = result);
      sent = next;
    },
  };
}
