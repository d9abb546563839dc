import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { TenantShown } from 'spillway/client';
import { type ReactElement, type SyntheticEvent, useState } from 'react';
import { client } from '../../api/client.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { ErrorPanel } from '../../parts/error-panel.tsx';
import { Field } from '../../parts/field.tsx';
import { isOutdated, problemsOf } from '../../parts/problems-of.ts';
import { AllowanceFields } from './allowance-fields.tsx';
import { ALLOWANCE_FIELDS, draftOf, NO_ALLOWANCE, readAllowance } from './allowance-draft.ts';

interface TenantDialogProps {
  /** The tenant that is changed; undefined for a new one. */
  readonly tenant: TenantShown | undefined;
  readonly onClose: () => void;
}

/** Makes a tenant, or changes its limits and its budget. */
export function TenantDialog({ tenant, onClose }: TenantDialogProps): ReactElement {
  const queries = useQueryClient();
  const [name, setName] = useState(tenant?.name ?? '');
  const [draft, setDraft] = useState(tenant === undefined ? NO_ALLOWANCE : draftOf(tenant.limits, tenant.budgets));
  const [isSent, setSent] = useState(false);
  const { limits, budgets, problems } = readAllowance(draft, tenant?.budgets);
  const save = useMutation({
    mutationFn: () =>
      tenant === undefined
        ? client.tenants.create({ name: name.trim(), limits, budgets })
        : client.tenants.update({ name: tenant.name, limits, budgets, if_version: tenant.version ?? undefined }),
    // After a refusal too: the next form begins with the tenant as it is.
    onSettled: async (_, error) => {
      await queries.invalidateQueries({ queryKey: ['tenants'] });
      if (error === null) onClose();
    },
  });
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    setSent(true);
    if (Object.keys(problems).length === 0 && name.trim() !== '') save.mutate();
  };
  const refused = problemsOf(save.error, tenant === undefined ? ['name', ...ALLOWANCE_FIELDS] : ALLOWANCE_FIELDS);
  const shown = isSent ? { ...refused, ...problems } : {};
  return (
    <Dialog title={tenant === undefined ? 'Create a tenant' : `Edit ${tenant.name}`} open onClose={onClose}>
      <form onSubmit={submit}>
        {tenant === undefined && (
          <Field
            label="Name"
            hint="A team or a customer. It cannot be changed."
            problem={isSent && name.trim() === '' ? 'A name is needed.' : shown['name']}
          >
            {(attributes) => <input {...attributes} value={name} onChange={({ target }) => setName(target.value)} />}
          </Field>
        )}
        <AllowanceFields draft={draft} onChange={setDraft} problems={shown} />
        {save.error !== null && Object.keys(refused).length === 0 && (
          <ErrorPanel
            what={
              isOutdated(save.error)
                ? 'The tenant has been changed meanwhile. Close this form, and open it again to see how.'
                : 'The tenant was not saved.'
            }
            error={save.error}
          />
        )}
        <div className="actions">
          <button type="submit" className="btn main" disabled={save.isPending}>
            {tenant === undefined ? 'Create' : 'Save'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface RemoveTenantProps {
  readonly tenant: TenantShown;
  readonly onClose: () => void;
}

/** Removes a tenant without keys. */
export function RemoveTenant({ tenant, onClose }: RemoveTenantProps): ReactElement {
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => client.tenants.remove({ name: tenant.name }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['tenants'] });
      onClose();
    },
  });
  return (
    <Confirm
      title={`Remove ${tenant.name}`}
      name={tenant.name}
      verb="Remove"
      onConfirm={() => remove.mutate()}
      onClose={onClose}
      isPending={remove.isPending}
      error={remove.error}
    >
      Its limits and budgets end. What it has spent stays in the records.
    </Confirm>
  );
}
