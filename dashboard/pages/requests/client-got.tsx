import type { RequestRecord } from 'spillway/client';
import type { ReactElement } from 'react';
import { CodeBlock } from '../../parts/code-block.tsx';

/** What an unanswered request has come back with, as far as its row has it. */
export function ClientGot({ record }: { readonly record: RequestRecord }): ReactElement {
  const { status, code, trail } = record;
  const attempts = trail.map((step) => [step.outcome, step.status ?? ''].join(' ').trim()).join(', ');
  const text = [`HTTP ${status}`, `code: ${code}`, ...(attempts === '' ? [] : [`attempts: ${attempts}`])].join('\n');
  return (
    <section>
      <div className="bar">
        <h2>What the client got</h2>
      </div>
      <CodeBlock text={text} what="Answer" />
    </section>
  );
}
