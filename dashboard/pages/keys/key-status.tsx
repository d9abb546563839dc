import type { Key } from 'spillway/client';
import type { ReactElement } from 'react';
import { tightestShare } from '../../parts/budget-bar.tsx';
import { formatLeft } from '../../parts/numbers.ts';
import { Status } from '../../parts/status.tsx';
import { useNow } from '../../parts/time.tsx';

/** The state of a key. A spent budget is one too: the key is valid, and its requests are refused. */
export function KeyStatus({ item }: { readonly item: Key }): ReactElement {
  const now = useNow();
  const { state, former_secret_ends_at: endsAt, budgets } = item;
  if (state === 'revoked') return <Status kind="skipped">revoked</Status>;
  if (state === 'expired') return <Status kind="skipped">expired</Status>;
  if ((tightestShare(budgets) ?? 0) >= 1) return <Status kind="near">budget spent</Status>;
  if (state === 'rotating')
    return <Status kind="waiting">rotating{endsAt !== null && `, ${formatLeft(endsAt - now)} left`}</Status>;
  return <Status kind="ok">active</Status>;
}
