import { Link } from '@tanstack/react-router';
import type { ChatInput } from 'spillway/client';
import { type ReactElement, useEffect, useEffectEvent } from 'react';
import { EntryName } from '../../parts/entry-name.tsx';
import { ErrorPanel } from '../../parts/error-panel.tsx';
import { formatExact } from '../../parts/money.ts';
import { formatCount, formatTime } from '../../parts/numbers.ts';
import { Status } from '../../parts/status.tsx';
import { ModelName } from './model-name.tsx';
import { isOver, type RunState } from './run-state.ts';
import { isRunning, useRun } from './use-run.ts';

interface RunColumnProps {
  readonly model: string;
  /** The request; undefined while its fields have problems. */
  readonly input: ChatInput | undefined;
  /** Counts the clicks on Send. */
  readonly round: number;
  readonly onModel: (model: string) => void;
  readonly onRemove: (() => void) | undefined;
}

/** One entry's answer to the prompt. */
export function RunColumn({ model, input, round, onModel, onRemove }: RunColumnProps): ReactElement {
  const run = useRun();
  const start = useEffectEvent(() => {
    if (input !== undefined) run.send(model, input);
  });
  useEffect(() => {
    if (round > 0) start();
  }, [round]);
  return (
    <section className="run" aria-label={`Answer of ${model}`}>
      <div className="bar">
        <ModelName model={model} onModel={onModel} />
        {isRunning(run) ? (
          <button type="button" className="btn" onClick={run.cancel}>
            Stop
          </button>
        ) : (
          onRemove !== undefined && (
            <button type="button" className="plain small soft" onClick={onRemove}>
              Remove
            </button>
          )
        )}
      </div>
      <Answered state={run.state} />
      <Output state={run.state} />
      <Facts state={run.state} />
    </section>
  );
}

function Answered({ state }: { readonly state: RunState | undefined }): ReactElement {
  if (state === undefined) return <p className="small muted">not sent yet</p>;
  const { answering, status } = state;
  if (answering?.provider === null || answering?.provider === undefined)
    return (
      <p className="small">
        {status === 'waiting' ? <Status kind="running">waiting for an entry</Status> : <span className="muted">–</span>}
      </p>
    );
  const failed = (answering.attempts ?? 1) - 1;
  return (
    <p className="small">
      <Status kind={status === 'streaming' ? 'running' : status === 'done' ? 'ok' : 'skipped'}>
        <EntryName provider={answering.provider} model={answering.model ?? ''} />
      </Status>
      {failed > 0 && (
        <span className="soft"> after {failed === 1 ? '1 failed attempt' : `${failed} failed attempts`}</span>
      )}
    </p>
  );
}

function Output({ state }: { readonly state: RunState | undefined }): ReactElement {
  if (state === undefined) return <div className="out" />;
  const { text, reasoning, toolCalls, status, error } = state;
  return (
    <div className="out" aria-live="polite" aria-busy={status === 'waiting' || status === 'streaming'}>
      {reasoning !== '' && <p className="muted answer">{reasoning}</p>}
      <p className="answer">
        {text}
        {status === 'streaming' && <span className="caret" />}
      </p>
      {toolCalls.map((call, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- a call is its place in the answer
        <pre key={at} className="code">
          {call.name}({call.arguments})
        </pre>
      ))}
      {status === 'cancelled' && <p className="muted">stopped: the provider’s work was cancelled</p>}
      {error !== null && <ErrorPanel what="No complete answer." error={error} />}
    </div>
  );
}

function Facts({ state }: { readonly state: RunState | undefined }): ReactElement {
  const { firstTokenMs = null, totalMs = null, outputTokens = null, inputTokens = null, cost = null } = state ?? {};
  const speed =
    outputTokens === null || firstTokenMs === null || totalMs === null || totalMs <= firstTokenMs
      ? null
      : outputTokens / ((totalMs - firstTokenMs) / 1000);
  // Leaving the page ends a run: the link to its picture comes when it is over.
  const requestId = state !== undefined && isOver(state) ? (state.answering?.requestId ?? null) : null;
  return (
    <>
      <dl>
        <Fact label="First token" value={firstTokenMs === null ? '–' : formatTime(firstTokenMs)} />
        <Fact label="Tokens/s" value={speed === null ? '–' : formatCount(speed)} />
        <Fact
          label="Tokens in, out"
          value={
            outputTokens === null
              ? '–'
              : `${inputTokens === null ? '–' : formatCount(inputTokens)}, ${formatCount(outputTokens)}`
          }
        />
        <Fact label="Cost" value={cost === null ? '–' : formatExact(cost)} />
      </dl>
      {requestId !== null && (
        <p className="small">
          <Link to="/requests/$id" params={{ id: requestId }}>
            Waterfall of this request
          </Link>
        </p>
      )}
    </>
  );
}

function Fact({ label, value }: { readonly label: string; readonly value: string }): ReactElement {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}
