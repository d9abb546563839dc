import { setTimeout as wait } from 'node:timers/promises';
import type { RedisServer } from '../../helpers/redis.ts';
import type { Random } from '../simulation/random.ts';
import type { Fleet } from './fleet.ts';

/** A time in which Redis did not answer, of `performance.now()`. `isForgetful`: it was empty afterwards. */
export interface Outage {
  readonly from: number;
  readonly to: number;
  readonly isForgetful: boolean;
}

/** What happened. */
export interface Chaos {
  readonly outages: readonly Outage[];
  readonly kills: number;
}

/** What fails. With `both` a replica is killed while Redis is. */
const KINDS = ['replica', 'redis killed', 'redis stopped', 'both'] as const;

/** Lets something fail every few seconds for `seconds`, each kind as often, in random order. Everything runs again at the end. */
export async function runChaos(
  { fleet, redis }: { readonly fleet: Fleet; readonly redis: RedisServer },
  random: Random,
  seconds: number,
): Promise<Chaos> {
  const outages: Outage[] = [];
  let kills = 0;
  const endsAt = performance.now() + seconds * 1000;
  const killOne = async (): Promise<void> => {
    const running = fleet.running();
    const life = running[Math.floor(random.between(0, running.length))];
    if (life === undefined) return;
    kills++;
    await fleet.restart(life);
  };
  const outage = async (isForgetful: boolean, meanwhile?: () => Promise<void>): Promise<void> => {
    const from = performance.now();
    if (isForgetful) await redis.stop();
    else redis.signal('SIGSTOP');
    await wait(random.between(200, 3000));
    await meanwhile?.();
    if (isForgetful) await redis.start();
    else redis.signal('SIGCONT');
    outages.push({ from, to: performance.now(), isForgetful });
  };
  const steps = {
    replica: killOne,
    'redis killed': () => outage(true),
    'redis stopped': () => outage(false),
    both: () => outage(true, killOne),
  };
  let kinds: (typeof KINDS)[number][] = [];
  while (performance.now() < endsAt) {
    if (kinds.length === 0) kinds = [...KINDS];
    const [kind = 'replica'] = kinds.splice(Math.floor(random.between(0, kinds.length)), 1);
    await steps[kind]();
    await wait(random.between(1000, 4000));
  }
  return { outages, kills };
}
