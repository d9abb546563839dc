import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { modelsQuery } from '../../api/queries.ts';
import { GATEWAY_URL } from '../../api/gateway-url.ts';
import { useSession } from '../../api/session.ts';
import { CodeBlock } from '../../parts/code-block.tsx';
import { Segments } from '../../parts/segments.tsx';
import { codeSample, type SampleName, SAMPLES } from '../../parts/code-samples.ts';
import { columnsOf } from './columns.ts';
import { NEW_DRAFT, readDraft } from './draft.ts';
import { PromptForm } from './prompt-form.tsx';
import { RunColumn } from './run-column.tsx';
import { MOST_COLUMNS } from './search.ts';

const route = getRouteApi('/playground');

/** One prompt to up to four entries side by side, streamed, with their times, tokens and costs, and as code. */
export function PlaygroundPage(): ReactElement {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const names = useQuery({ ...modelsQuery, staleTime: 60_000 });
  const known = names.data?.data.map(({ id }) => id) ?? [];
  const models = search.models ?? [known[0] ?? 'default'];
  const [columns, setColumns] = useState(() => columnsOf([], models));
  const shown = columnsOf(columns, models);
  if (shown !== columns) setColumns(shown);
  const [draft, setDraft] = useState(NEW_DRAFT);
  // Each click on Send gives all columns a new round.
  const [round, setRound] = useState(0);
  const read = readDraft(draft);
  const choose = (chosen: readonly string[]): void => void navigate({ search: { models: chosen }, replace: true });
  return (
    <>
      <div className="head">
        <h1>
          Playground<span className="soft">one prompt, up to {MOST_COLUMNS} entries</span>
        </h1>
      </div>
      <PromptForm draft={draft} onChange={setDraft} read={read} onSend={() => setRound(round + 1)} />
      <datalist id="models">
        {known.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <div className={`runs of-${models.length}`}>
        {shown.map(({ id, model }, at) => (
          <RunColumn
            key={id}
            model={model}
            input={read.input}
            round={round}
            onModel={(name) => choose(models.with(at, name))}
            onRemove={models.length === 1 ? undefined : () => choose(models.toSpliced(at, 1))}
          />
        ))}
      </div>
      {models.length < MOST_COLUMNS && (
        <div className="actions">
          <button type="button" className="btn" onClick={() => choose([...models, nextModel(known, models)])}>
            Compare with another entry
          </button>
        </div>
      )}
      <Samples model={models[0] ?? 'default'} input={read.input ?? { messages: [{ role: 'user', content: '...' }] }} />
    </>
  );
}

/** The first name that is not compared yet. */
function nextModel(known: readonly string[], models: readonly string[]): string {
  return known.find((name) => !models.includes(name)) ?? models[0] ?? 'default';
}

function Samples({ model, input }: Pick<Parameters<typeof codeSample>[1], 'model' | 'input'>): ReactElement {
  const [name, setName] = useState<SampleName>('curl');
  const { via } = useSession();
  const text = codeSample(name, { url: GATEWAY_URL, keyed: via !== 'local', model, input });
  return (
    <section>
      <div className="bar">
        <h2>The same request in code</h2>
        <Segments label="Client" value={name} options={SAMPLES} onChoose={setName} />
      </div>
      <CodeBlock text={text} what="Code" />
    </section>
  );
}
