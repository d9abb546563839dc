import { type ReactElement, type ReactNode, useId } from 'react';

interface FieldProps {
  readonly label: string;
  /** What may be written, or what it does. */
  readonly hint?: string | undefined;
  /** What is wrong with the value. */
  readonly problem?: string | undefined;
  /** The control, which gets these attributes. */
  readonly children: (attributes: { id: string; 'aria-describedby': string; 'aria-invalid': boolean }) => ReactNode;
}

/** A control with its label, its hint and what is wrong with it. */
export function Field({ label, hint, problem, children }: FieldProps): ReactElement {
  const id = useId();
  const noteId = `${id}-note`;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, 'aria-describedby': noteId, 'aria-invalid': problem !== undefined })}
      <p id={noteId} className={problem === undefined ? 'small muted' : 'small bad'}>
        {problem ?? hint}
      </p>
    </div>
  );
}
