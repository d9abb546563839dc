import type { ReactElement } from 'react';
import { Field } from '../../parts/field.tsx';
import { AllowanceFields } from './allowance-fields.tsx';
import { type KeyDraft, ROLES } from './key-draft.ts';

interface KeyFieldsProps {
  readonly draft: KeyDraft;
  readonly onChange: (draft: KeyDraft) => void;
  /** What is wrong, by the names of members. */
  readonly problems: Readonly<Record<string, string>>;
  /** The tenants that a new key may have; undefined for a key that exists, whose tenant stays. */
  readonly tenants?: readonly string[] | undefined;
}

/** The fields of a key. */
export function KeyFields({ draft, onChange, problems, tenants }: KeyFieldsProps): ReactElement {
  const set = (change: Partial<KeyDraft>): void => onChange({ ...draft, ...change });
  return (
    <>
      <div className="fields">
        <TextField label="Name" value={draft.name} problem={problems['name']} onChange={(name) => set({ name })} />
        <Field label="Role" problem={problems['role']}>
          {(attributes) => (
            <select
              {...attributes}
              value={draft.role}
              onChange={({ target }) =>
                set({ role: ROLES.find(({ value }) => value === target.value)?.value ?? 'caller' })
              }
            >
              {ROLES.map(({ value, word }) => (
                <option key={value} value={value}>
                  {word}
                </option>
              ))}
            </select>
          )}
        </Field>
        {tenants !== undefined && tenants.length > 0 && (
          <Field label="Tenant" problem={problems['tenant']}>
            {(attributes) => (
              <select {...attributes} value={draft.tenant} onChange={({ target }) => set({ tenant: target.value })}>
                <option value="">none</option>
                {tenants.map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            )}
          </Field>
        )}
      </div>
      <div className="fields">
        <TextField
          label="Chains"
          hint="Names, separated by commas. Empty: all."
          value={draft.chains}
          problem={problems['chains']}
          onChange={(chains) => set({ chains })}
        />
        <TextField
          label="Models"
          hint="Patterns such as groq/*. Empty: all."
          value={draft.models}
          problem={problems['models']}
          onChange={(models) => set({ models })}
        />
        <TextField
          label="Ends in"
          hint={tenants === undefined ? 'Such as 90d. Empty: as it is.' : 'Such as 90d. Empty: never.'}
          value={draft.expiresIn}
          problem={problems['expires_in']}
          onChange={(expiresIn) => set({ expiresIn })}
        />
      </div>
      <AllowanceFields draft={draft.allowance} problems={problems} onChange={(allowance) => set({ allowance })} />
      <TextField label="Note" value={draft.note} problem={problems['note']} onChange={(note) => set({ note })} />
    </>
  );
}

interface TextFieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
  readonly problem: string | undefined;
  readonly onChange: (value: string) => void;
}

function TextField({ label, hint, value, problem, onChange }: TextFieldProps): ReactElement {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(attributes) => (
        <input
          {...attributes}
          spellCheck={false}
          autoComplete="off"
          value={value}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
}
