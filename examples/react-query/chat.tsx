import { useState, type SubmitEvent } from 'react';
import { useMutation } from '@tanstack/react-query';
import type { inferRouterOutputs } from '@trpc/server';
import { useSubscription } from '@trpc/tanstack-react-query';
import type { AppRouter } from 'spillway/client';
import { useTRPC } from './trpc.ts';

/** An event of a run, as its type is inferred from the router. */
type RunEvent =
  inferRouterOutputs<AppRouter>['runs']['stream'] extends AsyncIterable<{ readonly data: infer Event }> ? Event : never;

/** What the events of a run have shown so far. */
interface Answer {
  readonly text: string;
  readonly attempts: readonly string[];
}

const EMPTY: Answer = { text: '', attempts: [] };

/** A chat that streams its answers and lists the attempts at each provider, while they happen. It cancels its answer when it unmounts. */
export function Chat() {
  const trpc = useTRPC();
  const [runId, setRunId] = useState<string>();
  const [{ text, attempts }, setAnswer] = useState(EMPTY);

  // Without a reader the run ends at once, and so does the provider's work: unmounting ends the subscription below.
  const create = useMutation(trpc.runs.create.mutationOptions({ onSuccess: ({ id }) => setRunId(id) }));
  const { status, error } = useSubscription(
    trpc.runs.stream.subscriptionOptions(
      { runId: runId ?? '' },
      { enabled: runId !== undefined, onData: ({ data }) => setAnswer((answer) => withEvent(answer, data)) },
    ),
  );

  function send(event: SubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    const content = new FormData(event.currentTarget).get('prompt');
    if (typeof content !== 'string') return;
    setRunId(undefined);
    setAnswer(EMPTY);
    create.mutate({ messages: [{ role: 'user', content }], run: { disconnect: 'abort' } });
  }

  return (
    <form onSubmit={send}>
      <input name="prompt" defaultValue="Hello" aria-label="Prompt" />
      <button type="submit">Send</button>
      <ol>
        {attempts.map((attempt) => (
          <li key={attempt}>{attempt}</li>
        ))}
      </ol>
      <output>{text}</output>
      <p role="status">{(create.error ?? error)?.message ?? (runId === undefined ? '' : status)}</p>
    </form>
  );
}

/** The answer after one more event; events of other types show nothing. */
function withEvent(answer: Answer, event: RunEvent): Answer {
  const { text, attempts } = answer;
  switch (event.type) {
    case 'attempt_failed':
      return { text, attempts: [...attempts, `${event.n}. ${event.provider} failed: ${event.outcome}`] };
    case 'committed':
      return { text, attempts: [...attempts, `${event.n}. ${event.provider} answers after ${event.afterMs} ms`] };
    case 'chunk':
      return { text: text + (event.chunk.choices[0]?.delta.content ?? ''), attempts };
    case 'reset':
      return { text: '', attempts };
    case 'error':
      return { text, attempts: [...attempts, `failed: ${event.error.message}`] };
    case 'queued':
    case 'attempt':
    case 'done':
    // A newer gateway may have more types.
    default:
      return answer;
  }
}
