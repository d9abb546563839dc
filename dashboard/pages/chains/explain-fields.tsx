import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useId } from 'react';
import { modelsQuery } from '../../api/queries.ts';
import { Field } from '../../parts/field.tsx';
import { Segments } from '../../parts/segments.tsx';
import { type ExplainDraft, inForm, OPERATIONS } from './explain-body.ts';

const FORMS = [
  { value: 'prompt', word: 'Prompt' },
  { value: 'body', word: 'JSON body' },
] as const;

interface ExplainFieldsProps {
  readonly draft: ExplainDraft;
  readonly onChange: (draft: ExplainDraft) => void;
  /** What is wrong with a field. */
  readonly problems: { readonly model: string | undefined; readonly text: string | undefined };
}

/** What a request to explain is made of. */
export function ExplainFields({ draft, onChange, problems }: ExplainFieldsProps): ReactElement {
  const change = (part: Partial<ExplainDraft>): void => onChange({ ...draft, ...part });
  return (
    <>
      <div className="fields">
        <ModelField draft={draft} onChange={onChange} problem={problems.model} />
        <Field label="Operation">
          {(attributes) => (
            <select
              {...attributes}
              value={draft.operation}
              onChange={({ target }) =>
                change({ operation: OPERATIONS.find((each) => each === target.value) ?? draft.operation })
              }
            >
              {OPERATIONS.map((operation) => (
                <option key={operation}>{operation}</option>
              ))}
            </select>
          )}
        </Field>
      </div>
      <div className="bar">
        <Segments
          label="What is given"
          value={draft.form}
          options={FORMS}
          onChoose={(form) => onChange(inForm(draft, form))}
        />
      </div>
      <Field
        label={draft.form === 'prompt' ? 'Prompt' : 'Body, as a client would send it'}
        hint="Nothing is sent to a provider."
        problem={problems.text}
      >
        {(attributes) => (
          <textarea
            {...attributes}
            className={draft.form === 'body' ? 'mono' : undefined}
            rows={draft.form === 'body' ? 8 : 3}
            spellCheck={draft.form === 'prompt'}
            value={draft[draft.form]}
            onChange={({ target }) => change({ [draft.form]: target.value })}
          />
        )}
      </Field>
    </>
  );
}

interface ModelFieldProps extends Pick<ExplainFieldsProps, 'draft' | 'onChange'> {
  readonly problem: string | undefined;
}

function ModelField({ draft, onChange, problem }: ModelFieldProps): ReactElement {
  const { data: models } = useQuery(modelsQuery);
  const namesId = useId();
  return (
    <Field label="Model" hint="A chain, an alias or provider/model." problem={problem}>
      {(attributes) => (
        <>
          <input
            {...attributes}
            list={namesId}
            data-first=""
            autoComplete="off"
            spellCheck={false}
            value={draft.model}
            onChange={({ target }) => onChange({ ...draft, model: target.value })}
          />
          <datalist id={namesId}>
            {models?.data.map(({ id }) => (
              <option key={id} value={id} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}
