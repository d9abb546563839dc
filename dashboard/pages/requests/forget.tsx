import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { RequestForgetInput, RequestRecord } from 'spillway/client';
import { type ReactElement, useState } from 'react';
import { client } from '../../api/client.ts';
import { forgetEnded } from '../../live/use-live.ts';
import { announce } from '../../parts/announcer.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { ErrorPanel } from '../../parts/error-panel.tsx';
import { formatCount } from '../../parts/numbers.ts';

type Scope = 'row' | 'user' | 'key';

interface ForgetProps {
  readonly record: RequestRecord;
  readonly keyName: string;
}

/** Deletes this row, or all rows of its user or its key, after a confirmation. */
export function Forget({ record, keyName }: ForgetProps): ReactElement {
  const [open, setOpen] = useState(false);
  const [scope, setScope] = useState<Scope>('row');
  const queries = useQueryClient();
  const navigate = useNavigate();
  const forget = useMutation({
    mutationFn: (input: RequestForgetInput) => client.requests.forget(input),
    onSuccess: async ({ deleted }) => {
      setOpen(false);
      announce(`${formatCount(deleted)} ${deleted === 1 ? 'row' : 'rows'} deleted`);
      await navigate({ to: '/requests' });
      // Nothing of the rows stays in memory. They are named by any of their ids there.
      forgetEnded();
      queries.removeQueries({ queryKey: ['request'] });
      await queries.invalidateQueries({ queryKey: ['requests'] });
    },
  });
  const { user } = record;
  const choices: readonly { readonly scope: Scope; readonly words: string }[] = [
    { scope: 'row', words: 'this request' },
    ...(user === null ? [] : [{ scope: 'user', words: `all requests of the user ${user}` } as const]),
    { scope: 'key', words: `all requests of the key ${keyName}` },
  ];
  return (
    <>
      <button type="button" className="btn danger" onClick={() => setOpen(true)}>
        Forget
      </button>
      <Dialog title="Delete rows of the request log" open={open} onClose={() => setOpen(false)}>
        <p className="soft">
          Rows are deleted with their bodies, and cannot be restored. Sums of usage and spend stay.
        </p>
        <fieldset className="choices">
          <legend className="visually-hidden">Which rows</legend>
          {choices.map((choice) => (
            <label key={choice.scope}>
              <input
                type="radio"
                name="scope"
                checked={choice.scope === scope}
                onChange={() => setScope(choice.scope)}
              />
              {choice.words}
            </label>
          ))}
        </fieldset>
        {forget.error !== null && <ErrorPanel what="Nothing more was deleted." error={forget.error} />}
        <div className="actions">
          <button type="button" className="btn" onClick={() => setOpen(false)}>
            Cancel
          </button>
          <button
            type="button"
            className="btn danger"
            disabled={forget.isPending}
            onClick={() => forget.mutate(inputOf(scope, record))}
          >
            Delete {choices.find((choice) => choice.scope === scope)?.words}
          </button>
        </div>
      </Dialog>
    </>
  );
}

function inputOf(scope: Scope, { id, user, key }: RequestRecord): RequestForgetInput {
  if (scope === 'user' && user !== null) return { user };
  return scope === 'key' ? { key } : { ids: [id] };
}
