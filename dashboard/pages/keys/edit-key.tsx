import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Key } from 'spillway/client';
import { type ReactElement, type SyntheticEvent, useState } from 'react';
import { client } from '../../api/client.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ErrorPanel } from '../../parts/error-panel.tsx';
import { problemsOf } from '../../parts/problems-of.ts';
import { draftOfKey, readKey } from './key-draft.ts';
import { KeyFields } from './key-fields.tsx';

interface KeyActionProps {
  readonly item: Key;
  readonly onClose: () => void;
}

/** Changes a key. It is refused where the key was changed meanwhile. */
export function EditKey({ item, onClose }: KeyActionProps): ReactElement {
  const queries = useQueryClient();
  const [draft, setDraft] = useState(() => draftOfKey(item));
  const [isSent, setSent] = useState(false);
  const { input, problems } = readKey(draft, item);
  const save = useMutation({
    mutationFn: () => client.keys.update({ id: item.id, ...input, if_version: item.version ?? undefined }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['keys'] });
      onClose();
    },
  });
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    setSent(true);
    if (Object.keys(problems).length === 0) save.mutate();
  };
  const refused = problemsOf(save.error);
  return (
    <Dialog title={`Edit ${item.name}`} open onClose={onClose}>
      <form onSubmit={submit}>
        <KeyFields draft={draft} onChange={setDraft} problems={isSent ? { ...refused, ...problems } : {}} />
        {save.error !== null && Object.keys(refused).length === 0 && (
          <ErrorPanel what="The key was not changed." error={save.error} />
        )}
        <div className="actions">
          <button type="submit" className="btn main" disabled={save.isPending}>
            Save
          </button>
        </div>
      </form>
    </Dialog>
  );
}
