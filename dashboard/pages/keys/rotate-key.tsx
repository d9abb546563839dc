import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Key } from 'spillway/client';
import { type ReactElement, type SyntheticEvent, useState } from 'react';
import { client } from '../../api/client.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ErrorPanel } from '../../parts/error-panel.tsx';
import { Field } from '../../parts/field.tsx';
import { problemsOf } from '../../parts/problems-of.ts';
import { SecretShown } from './secret-shown.tsx';

interface RotateKeyProps {
  readonly item: Key;
  readonly onClose: () => void;
}

/** Gives a key another secret. The former one is accepted for a while, so that its clients can change over. */
export function RotateKey({ item, onClose }: RotateKeyProps): ReactElement {
  const queries = useQueryClient();
  const [overlap, setOverlap] = useState('24h');
  const rotate = useMutation({
    mutationFn: () =>
      client.keys.rotate({ id: item.id, overlap: overlap.trim() || 0, if_version: item.version ?? undefined }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['keys'] }),
  });
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    rotate.mutate();
  };
  const { overlap: problem } = problemsOf(rotate.error, ['overlap']);
  return (
    <Dialog title={`Rotate ${item.name}`} open onClose={onClose}>
      {rotate.data === undefined ? (
        <form onSubmit={submit}>
          <p className="soft">The key gets another secret. Its limits, its budgets and its history stay.</p>
          <Field
            label="The former secret is accepted for"
            hint="Such as 24h, at most 90d. 0: it ends at once."
            problem={problem}
          >
            {(attributes) => (
              <input {...attributes} value={overlap} onChange={({ target }) => setOverlap(target.value)} />
            )}
          </Field>
          {rotate.error !== null && problem === undefined && (
            <ErrorPanel what="The key was not rotated." error={rotate.error} />
          )}
          <div className="actions">
            <button type="submit" className="btn main" disabled={rotate.isPending}>
              Rotate
            </button>
          </div>
        </form>
      ) : (
        <SecretShown item={rotate.data} />
      )}
    </Dialog>
  );
}
