import { Link } from '@tanstack/react-router';
import type { AuditListEntry } from 'spillway/client';
import { type ReactElement, useId, useState } from 'react';
import { showValue } from '../../parts/show-value.ts';
import { Time } from '../../parts/time.tsx';
import { changedMembers } from './changed-members.ts';

/** One change. A click shows what it was before and after. */
export function AuditRow({ entry }: { readonly entry: AuditListEntry }): ReactElement {
  const [open, setOpen] = useState(false);
  const id = useId();
  const { at, action, target, actor, via, tenant } = entry;
  return (
    <>
      <tr>
        <td className="soft">
          <button
            type="button"
            className="plain"
            data-row=""
            aria-expanded={open}
            aria-controls={id}
            onClick={() => setOpen(!open)}
          >
            <Time at={at} />
          </button>
        </td>
        <td>{action}</td>
        <td className="cut" title={target}>
          <code>{target}</code>
        </td>
        <td className="roomy" title={actor.id}>
          {actor.name}
        </td>
        <td className="soft roomy">{via}</td>
        <td className="soft roomy">{tenant ?? <span className="muted">–</span>}</td>
      </tr>
      {open && (
        <tr id={id} className="detail">
          <td colSpan={6}>
            <AuditDetail entry={entry} />
          </td>
        </tr>
      )}
    </>
  );
}

function AuditDetail({ entry }: { readonly entry: AuditListEntry }): ReactElement {
  const { before, after, request_id: requestId, remote, actor } = entry;
  const changes = changedMembers(before, after);
  return (
    <>
      {changes.length > 0 && (
        <table>
          <thead>
            <tr>
              <th>Member</th>
              <th>Before</th>
              <th>After</th>
            </tr>
          </thead>
          <tbody>
            {changes.map(({ name, before: was, after: is }) => (
              <tr key={name}>
                <td className="soft">{name}</td>
                <td>
                  <code>{showValue(was)}</code>
                </td>
                <td>
                  <code>{showValue(is)}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p className="small muted">
        by {actor.name} (<code>{actor.id}</code>){remote !== null && ` from ${remote}`}
        {requestId !== null && (
          <>
            , request{' '}
            <Link to="/requests/$id" params={{ id: requestId }}>
              <code>{requestId}</code>
            </Link>
          </>
        )}
      </p>
    </>
  );
}
