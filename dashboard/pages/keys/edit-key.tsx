import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Key } from 'spillway/client';
import { type ReactElement, type SyntheticEvent, useState } from 'react';
import { client } from '../../api/client.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ErrorPanel } from '../../parts/error-panel.tsx';
import { isOutdated, problemsOf } from '../../parts/problems-of.ts';
import { draftOfKey, KEY_FIELDS, readKey } from './key-draft.ts';
import { KeyFields } from './key-fields.tsx';

interface KeyActionProps {
  readonly item: Key;
  readonly onClose: () => void;
}

/** Changes a key. It is refused where the key was changed meanwhile. */
export function EditKey({ item, onClose }: KeyActionProps): ReactElement {
  const queries = useQueryClient();
  // The key that the fields were filled from: the page reads it again while they are open.
  const [opened] = useState(item);
  const [draft, setDraft] = useState(() => draftOfKey(opened));
  const [isSent, setSent] = useState(false);
  const { input, problems } = readKey(draft, opened);
  const save = useMutation({
    mutationFn: () => client.keys.update({ id: opened.id, ...input, if_version: opened.version ?? undefined }),
    // After a refusal too: the next form begins with the key as it is.
    onSettled: async (_, error) => {
      await queries.invalidateQueries({ queryKey: ['keys'] });
      if (error === null) onClose();
    },
  });
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    setSent(true);
    if (Object.keys(problems).length === 0) save.mutate();
  };
  const refused = problemsOf(save.error, KEY_FIELDS);
  return (
    <Dialog title={`Edit ${opened.name}`} open onClose={onClose}>
      <form onSubmit={submit}>
        <KeyFields draft={draft} onChange={setDraft} problems={isSent ? { ...refused, ...problems } : {}} />
        {save.error !== null && Object.keys(refused).length === 0 && (
          <ErrorPanel
            what={
              isOutdated(save.error)
                ? 'The key has been changed meanwhile. Close this form, and open it again to see how.'
                : 'The key was not changed.'
            }
            error={save.error}
          />
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
