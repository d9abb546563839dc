import type { ReactElement } from 'react';
import { GATEWAY_URL } from '../../api/gateway-url.ts';
import { CodeBlock } from '../../parts/code-block.tsx';
import { Empty } from '../../parts/empty.tsx';
import { setFilters } from './filters.ts';
import type { RequestsSearch } from './search.ts';

interface NoRequestsProps {
  readonly search: RequestsSearch;
  readonly onChange: (change: Partial<RequestsSearch>) => void;
}

/** Why the list has no rows, and what to do. */
export function NoRequests({ search, onChange }: NoRequestsProps): ReactElement {
  const filters = setFilters(search);
  if (filters.length > 0) {
    const none = Object.fromEntries(filters.map((filter) => [filter, undefined]));
    return (
      <Empty title="No request of this time matches the filters.">
        <button type="button" className="btn" onClick={() => onChange(none)}>
          Remove the filters
        </button>
      </Empty>
    );
  }
  return (
    <Empty title="There are no requests of this time. Send one:">
      <CodeBlock text={curl()} what="Command" />
    </Empty>
  );
}

function curl(): string {
  const body = `{ "messages": [{ "role": "user", "content": "Hello" }] }`;
  return `curl ${GATEWAY_URL}/v1/chat/completions \\\n  -H "authorization: Bearer $SPILLWAY_KEY" \\\n  --json '${body}'`;
}
