import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Key } from 'spillway/client';
import type { ReactElement } from 'react';
import { client } from '../../api/client.ts';
import { Confirm } from '../../parts/confirm.tsx';

interface RevokeKeyProps {
  readonly item: Key;
  readonly onClose: () => void;
}

/** Refuses a key from now on. */
export function RevokeKey({ item, onClose }: RevokeKeyProps): ReactElement {
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => client.keys.revoke({ id: item.id }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['keys'] });
      onClose();
    },
  });
  return (
    <Confirm
      title={`Revoke ${item.name}`}
      name={item.name}
      verb="Revoke"
      onConfirm={() => revoke.mutate()}
      onClose={onClose}
      isPending={revoke.isPending}
      error={revoke.error}
    >
      The key is refused from now on, and requests that run under it end. This cannot be undone.
    </Confirm>
  );
}
