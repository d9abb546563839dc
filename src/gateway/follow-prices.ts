import { type FilePrices, readPriceFile } from '../config/price-file.ts';
import { watchFiles } from '../config/watch-file.ts';
import type { Clock } from '../lib/clock.ts';
import type { Prices } from '../targets/prices.ts';

/** Milliseconds after the start when the price lists are loaded: the gateway listens by then, and mostly no request has ended yet. */
const LOAD_AFTER_MS = 200;
/** Of no file: the first polls find another version and read the file again, so that no change after the first read is missed. */
const NO_VERSION = '';

/** Keeps the prices of a gateway as the configuration says. Dispose ends it. */
export interface PriceFollower extends Disposable {
  /** Uses the prices that a file has, and those of its later versions, from now on. Of a version with a problem the earlier prices stay. */
  follow(file: string | undefined, present: FilePrices): void;
}

/** What follows prices is made of. */
export interface FollowOptions {
  readonly prices: Pick<Prices, 'load' | 'useFile'>;
  readonly clock: Clock;
  /** Receives a message when a changed file has a problem. */
  readonly onProblem: (message: string) => void;
}

/** Loads the price lists soon, off the path of any request, and can follow a file of prices. */
export function followPrices({ prices, clock, onProblem }: FollowOptions): PriceFollower {
  const loading = clock.timer(LOAD_AFTER_MS, () => prices.load());
  let followed: string | undefined;
  let watching: Disposable | undefined;

  function read(path: string): void {
    const result = readPriceFile(path);
    if (result.ok) return prices.useFile(result.prices);
    const messages = result.problems.map(({ message }) => message).join('; ');
    onProblem(`prices.file: ${messages}. The earlier prices stay.`);
  }

  function follow(file: string | undefined, present: FilePrices): void {
    prices.useFile(present);
    if (file === followed) return;
    watching?.[Symbol.dispose]();
    followed = file;
    watching =
      file === undefined
        ? undefined
        : watchFiles({ versions: new Map([[file, NO_VERSION]]), clock, onChange: () => read(file) });
  }

  return {
    follow,
    [Symbol.dispose]() {
      loading[Symbol.dispose]();
      watching?.[Symbol.dispose]();
    },
  };
}
