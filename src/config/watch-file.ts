import { realpath, stat } from 'node:fs/promises';
import type { Clock } from '../lib/clock.ts';

/** What a follower is made of. */
export interface FollowOptions {
  readonly path: string;
  /** The version that is known already, by `versionOf`. */
  readonly version: string;
  readonly clock: Clock;
  /** Called once for each new version that has stood still for a look; of a file that has gone too. */
  readonly onChange: () => void;
}

/** Time between two looks, in milliseconds: a change is told after two of them. */
export const LOOK_MS = 500;

/**
 * What tells one state of a file from another without reading it. It follows links: a ConfigMap of Kubernetes is changed by turning one to
 * another folder. Never rejects.
 */
export async function versionOf(path: string): Promise<string> {
  try {
    const real = await realpath(path);
    const { ino, size, mtimeNs, ctimeNs } = await stat(real, { bigint: true });
    return [real, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
  }
}

/**
 * Looks at a file again and again until it is disposed. The systems' own ways of watching are not used: they miss changes in mounted
 * folders, differ in what they tell, and tell of a file that is still being written.
 */
export function followFile({ path, version, clock, onChange }: FollowOptions): Disposable {
  let told = version;
  let last = version;
  let over = false;
  let timer = clock.timer(LOOK_MS, () => void look());

  async function look(): Promise<void> {
    const now = await versionOf(path);
    if (over) return;
    if (now === last && now !== told) {
      told = now;
      onChange();
    }
    last = now;
    timer = clock.timer(LOOK_MS, () => void look());
  }

  return {
    [Symbol.dispose]() {
      over = true;
      timer[Symbol.dispose]();
    },
  };
}
