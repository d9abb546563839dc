import type { ProviderStatus } from 'spillway/client';

/** Attempts of the last hour, and those of them that were answered. */
export interface LastHour {
  readonly attempts: number;
  readonly answered: number;
}

/** The last hour of several keys together. */
export function sumLastHours(rows: readonly Pick<ProviderStatus, 'last_hour'>[]): LastHour {
  let [attempts, answered] = [0, 0];
  for (const { last_hour: hour } of rows) {
    attempts += hour.attempts;
    answered += Math.round(hour.attempts * (hour.success_rate ?? 0));
  }
  return { attempts, answered };
}
