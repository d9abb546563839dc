import { useMutation } from '@tanstack/react-query';
import { type ExplainInput, SpillwayError } from 'spillway/client';
import { type ReactElement, type SyntheticEvent, useState } from 'react';
import { client } from '../../api/client.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ErrorPanel } from '../../parts/error-panel.tsx';
import { type ExplainDraft, explainBody, fieldOf } from './explain-body.ts';
import { ExplainFields } from './explain-fields.tsx';
import { PlanList } from './plan-list.tsx';

interface ExplainDialogProps {
  /** The model that is explained first, empty for none; undefined while the dialog is closed. */
  readonly model: string | undefined;
  readonly onClose: () => void;
}

/** Which entries a request would try, in which order and why. Nothing is sent to a provider. */
export function ExplainDialog({ model, onClose }: ExplainDialogProps): ReactElement {
  return (
    <Dialog title="Explain a request" open={model !== undefined} onClose={onClose}>
      <ExplainForm model={model ?? ''} />
    </Dialog>
  );
}

function ExplainForm({ model }: { readonly model: string }): ReactElement {
  const [draft, setDraft] = useState<ExplainDraft>({
    model,
    operation: 'chat.completions',
    form: 'prompt',
    prompt: 'Hello',
    body: '',
  });
  const [unreadable, setUnreadable] = useState<string>();
  const explain = useMutation({ mutationFn: (input: ExplainInput) => client.chains.explain(input) });
  const { error, data, isPending } = explain;
  const field = error instanceof SpillwayError ? fieldOf(error) : undefined;
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const body = explainBody(draft);
    setUnreadable('problem' in body ? body.problem : undefined);
    if ('input' in body) explain.mutate(body.input);
    else explain.reset();
  };
  return (
    <>
      <form onSubmit={submit}>
        <ExplainFields
          draft={draft}
          onChange={setDraft}
          problems={{
            model: field === 'model' ? error?.message : undefined,
            text: unreadable ?? (field === 'text' ? error?.message : undefined),
          }}
        />
        <div className="actions">
          <button type="submit" className="btn main" disabled={isPending}>
            Explain
          </button>
        </div>
      </form>
      {error !== null && field === undefined && <ErrorPanel what="The request was not explained." error={error} />}
      {data !== undefined && <PlanList plan={data} />}
    </>
  );
}
