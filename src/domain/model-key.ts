import type { Target } from './chain.ts';

/** What is known of one model at one account is kept under this: not what is counted together, since models that share limits differ. */
export function modelKey({ account, model }: Pick<Target, 'account' | 'model'>): string {
  return `${account}/${model}`;
}
