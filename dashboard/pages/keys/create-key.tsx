import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, type SyntheticEvent, useState } from 'react';
import { client } from '../../api/client.ts';
import { SESSION_KEY } from '../../api/session.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ErrorPanel } from '../../parts/error-panel.tsx';
import { problemsOf } from '../../parts/problems-of.ts';
import { KeyFields } from './key-fields.tsx';
import { KEY_FIELDS, NEW_KEY, readKey } from './key-draft.ts';
import { SecretShown } from './secret-shown.tsx';

interface CreateKeyProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly tenants: readonly string[];
}

/** Makes a key, and shows its secret once. */
export function CreateKey({ open, onClose, tenants }: CreateKeyProps): ReactElement {
  const queries = useQueryClient();
  const [draft, setDraft] = useState(NEW_KEY);
  const [isSent, setSent] = useState(false);
  const { input, problems } = readKey(draft);
  const create = useMutation({
    mutationFn: () => client.keys.create({ ...input, ...(draft.tenant === '' ? {} : { tenant: draft.tenant }) }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['keys'] }),
  });
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    setSent(true);
    if (Object.keys(problems).length === 0) create.mutate();
  };
  const close = (): void => {
    onClose();
    setDraft(NEW_KEY);
    setSent(false);
    create.reset();
    // The first key of a gateway ends its time without keys, and with it the local session.
    void queries.invalidateQueries({ queryKey: SESSION_KEY });
  };
  const refused = problemsOf(create.error, tenants.length > 0 ? [...KEY_FIELDS, 'tenant'] : KEY_FIELDS);
  return (
    <Dialog title={create.data === undefined ? 'Create a key' : 'The new key'} open={open} onClose={close}>
      {create.data === undefined ? (
        <form onSubmit={submit}>
          <KeyFields
            draft={draft}
            onChange={setDraft}
            tenants={tenants}
            problems={isSent ? { ...refused, ...problems } : {}}
          />
          {create.error !== null && Object.keys(refused).length === 0 && (
            <ErrorPanel what="The key was not made." error={create.error} />
          )}
          <div className="actions">
            <button type="submit" className="btn main" disabled={create.isPending}>
              Create
            </button>
          </div>
        </form>
      ) : (
        <SecretShown item={create.data} />
      )}
    </Dialog>
  );
}
