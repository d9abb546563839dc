import { useMutation } from '@tanstack/react-query';
import type { ConfigCheck, ConfigView } from 'spillway/client';
import { type ReactElement, useState } from 'react';
import { client } from '../../api/client.ts';
import { ErrorPanel } from '../../parts/error-panel.tsx';
import { Field } from '../../parts/field.tsx';
import { Segments } from '../../parts/segments.tsx';
import { CheckResult } from './check-result.tsx';

const FORMATS = [
  { value: 'yaml', word: 'YAML' },
  { value: 'json', word: 'JSON' },
] as const;

/** Checks a text as a configuration without serving it: its problems by line, and what a reload would change. */
export function CheckText({ served }: { readonly served: ConfigView }): ReactElement {
  const [text, setText] = useState('');
  const [format, setFormat] = useState<'yaml' | 'json'>('yaml');
  const check = useMutation({ mutationFn: () => client.config.check({ text, format }) });
  const edit = (changed: string): void => {
    setText(changed);
    check.reset();
  };
  return (
    <section>
      <div className="bar">
        <h2>Check a changed text</h2>
        <Segments label="Format" value={format} options={FORMATS} onChoose={setFormat} />
      </div>
      <Field
        label="Configuration"
        hint="A check serves nothing, reads no environment variable and opens no file."
        problem={summaryOf(check.data)}
      >
        {(attributes) => (
          <textarea
            {...attributes}
            className="mono"
            rows={12}
            spellCheck={false}
            placeholder={`The text of ${served.source}, changed`}
            value={text}
            onChange={({ target }) => edit(target.value)}
          />
        )}
      </Field>
      <div className="actions">
        <button
          type="button"
          className="btn main"
          disabled={text.trim() === '' || check.isPending}
          onClick={() => check.mutate()}
        >
          Check
        </button>
      </div>
      {check.error !== null && <ErrorPanel what="The text could not be checked." error={check.error} />}
      {check.data !== undefined && <CheckResult result={check.data} text={text} />}
    </section>
  );
}

function summaryOf(result: ConfigCheck | undefined): string | undefined {
  if (result === undefined || result.ok) return undefined;
  const { length } = result.problems;
  return length === 1 ? 'There is 1 problem.' : `There are ${length} problems.`;
}
