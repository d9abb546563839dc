import type { ReactElement, SyntheticEvent } from 'react';
import { Field } from '../../parts/field.tsx';
import type { Draft, ReadDraft } from './draft.ts';

interface PromptFormProps {
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
  readonly read: ReadDraft;
  readonly onSend: () => void;
}

/** The prompt and its settings. Ctrl and Enter send it. */
export function PromptForm({ draft, onChange, read, onSend }: PromptFormProps): ReactElement {
  const set = (change: Partial<Draft>): void => onChange({ ...draft, ...change });
  const { problems = {} } = read;
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (read.input !== undefined) onSend();
  };
  return (
    <form className="prompt" onSubmit={submit}>
      <textarea
        aria-label="Prompt"
        rows={3}
        placeholder="Write a prompt"
        autoFocus
        data-search=""
        value={draft.prompt}
        onChange={({ target }) => set({ prompt: target.value })}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(event);
        }}
      />
      <MoreFields draft={draft} problems={problems} onChange={set} />
      <div className="bar">
        <span className="tools">
          <NumberField
            label="max tokens"
            value={draft.maxTokens}
            problem={problems.maxTokens}
            onChange={(maxTokens) => set({ maxTokens })}
          />
          <NumberField
            label="temperature"
            value={draft.temperature}
            problem={problems.temperature}
            onChange={(temperature) => set({ temperature })}
          />
        </span>
        <span className="tools">
          <span className="small muted roomy">
            <kbd>Ctrl</kbd> <kbd>Enter</kbd>
          </span>
          <button type="submit" className="btn main" disabled={read.input === undefined}>
            Send
          </button>
        </span>
      </div>
    </form>
  );
}

interface MoreFieldsProps {
  readonly draft: Draft;
  readonly problems: Readonly<Partial<Record<keyof Draft, string>>>;
  readonly onChange: (change: Partial<Draft>) => void;
}

function MoreFields({ draft, problems, onChange }: MoreFieldsProps): ReactElement {
  return (
    <details>
      <summary>System prompt, tools and schema</summary>
      <Field label="System prompt">
        {(attributes) => (
          <textarea
            {...attributes}
            rows={2}
            value={draft.system}
            onChange={({ target }) => onChange({ system: target.value })}
          />
        )}
      </Field>
      <div className="fields">
        <JsonField
          label="Tools"
          hint="A JSON array, as in OpenAI’s API."
          value={draft.tools}
          problem={problems.tools}
          onChange={(tools) => onChange({ tools })}
        />
        <JsonField
          label="JSON schema of the answer"
          hint="An object; the answer must follow it."
          value={draft.schema}
          problem={problems.schema}
          onChange={(schema) => onChange({ schema })}
        />
      </div>
    </details>
  );
}

interface JsonFieldProps {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly problem: string | undefined;
  readonly onChange: (value: string) => void;
}

function JsonField({ label, hint, value, problem, onChange }: JsonFieldProps): ReactElement {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(attributes) => (
        <textarea
          {...attributes}
          className="mono"
          rows={5}
          spellCheck={false}
          value={value}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
}

interface NumberFieldProps {
  readonly label: string;
  readonly value: string;
  readonly problem: string | undefined;
  readonly onChange: (value: string) => void;
}

function NumberField({ label, value, problem, onChange }: NumberFieldProps): ReactElement {
  return (
    <label className="pick">
      {label}
      <input
        inputMode="decimal"
        size={5}
        aria-invalid={problem !== undefined}
        title={problem}
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
      {problem !== undefined && <span className="bad">{problem}</span>}
    </label>
  );
}
