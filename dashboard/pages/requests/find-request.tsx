import { useNavigate } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';

/** A field for the id of a request, or of a row: Enter opens it. */
export function FindRequest(): ReactElement {
  const [id, setId] = useState('');
  const navigate = useNavigate();
  return (
    <span className="search">
      <input
        type="search"
        aria-label="Request id"
        placeholder="request id, Enter opens it"
        spellCheck={false}
        autoComplete="off"
        data-search=""
        value={id}
        onChange={({ target }) => setId(target.value)}
        onKeyDown={({ key, currentTarget }) => {
          if (key === 'Escape') currentTarget.blur();
          if (key === 'Enter' && id.trim() !== '') void navigate({ to: '/requests/$id', params: { id: id.trim() } });
        }}
      />
      <kbd className="roomy">/</kbd>
    </span>
  );
}
