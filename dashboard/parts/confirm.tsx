import { type ReactElement, type ReactNode, type SyntheticEvent, useState } from 'react';
import { Dialog } from './dialog.tsx';
import { ErrorPanel } from './error-panel.tsx';
import { Field } from './field.tsx';

interface ConfirmProps {
  readonly title: string;
  /** What must be typed: the name of what is lost. */
  readonly name: string;
  /** The button's word: `Revoke`. */
  readonly verb: string;
  /** What it does, in a sentence. */
  readonly children: ReactNode;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  readonly isPending: boolean;
  readonly error: unknown;
}

/** A dialog before something is lost: its name must be typed. */
export function Confirm(props: ConfirmProps): ReactElement {
  const { title, name, verb, children, onConfirm, onClose, isPending, error } = props;
  const [typed, setTyped] = useState('');
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (typed.trim() === name) onConfirm();
  };
  return (
    <Dialog title={title} open onClose={onClose}>
      <form onSubmit={submit}>
        <p className="soft">{children}</p>
        <Field label={`Type ${name} to confirm`}>
          {(attributes) => (
            <input
              {...attributes}
              autoComplete="off"
              spellCheck={false}
              value={typed}
              onChange={({ target }) => setTyped(target.value)}
            />
          )}
        </Field>
        {error !== null && <ErrorPanel what="Nothing was changed." error={error} />}
        <div className="actions">
          <button type="submit" className="btn danger" disabled={typed.trim() !== name || isPending}>
            {verb}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
