import type { ChatCompletionChunk } from 'spillway/client';

/** The entry that answers, as the head of the answer names it. */
export interface Answering {
  readonly requestId: string | null;
  readonly chain: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  /** Attempts that were sent, the one that answers included. */
  readonly attempts: number | null;
}

/** One prompt sent to one model. Times in milliseconds since it was sent. */
export interface RunState {
  readonly status: 'waiting' | 'streaming' | 'done' | 'failed' | 'cancelled';
  readonly answering: Answering | undefined;
  readonly text: string;
  readonly reasoning: string;
  readonly toolCalls: readonly { readonly name: string; readonly arguments: string }[];
  readonly finishReason: string | null;
  readonly firstTokenMs: number | null;
  readonly totalMs: number | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** US dollars; null where the price is unknown. */
  readonly cost: number | null;
  readonly error: unknown;
}

/** A run that was just sent. */
export const SENT: RunState = Object.freeze({
  status: 'waiting',
  answering: undefined,
  text: '',
  reasoning: '',
  toolCalls: [],
  finishReason: null,
  firstTokenMs: null,
  totalMs: null,
  inputTokens: null,
  outputTokens: null,
  cost: null,
  error: null,
});

/** What happens to a run. */
export type RunEvent =
  | { readonly kind: 'head'; readonly headers: Pick<Headers, 'get'> }
  | { readonly kind: 'chunk'; readonly chunk: ChatCompletionChunk; readonly ms: number }
  | { readonly kind: 'end'; readonly ms: number }
  | { readonly kind: 'error'; readonly error: unknown; readonly ms: number }
  | { readonly kind: 'cancel'; readonly ms: number };

/** The run after an event. */
export function afterEvent(run: RunState, event: RunEvent): RunState {
  switch (event.kind) {
    case 'head':
      return { ...run, answering: answeringOf(event.headers) };
    case 'chunk':
      return afterChunk(run, event.chunk, event.ms);
    case 'end':
      return { ...run, status: 'done', totalMs: event.ms };
    case 'error':
      return { ...run, status: 'failed', error: event.error, totalMs: event.ms };
    case 'cancel':
      return isOver(run) ? run : { ...run, status: 'cancelled', totalMs: event.ms };
  }
}

/** Whether nothing else happens to a run. */
export function isOver({ status }: RunState): boolean {
  return status === 'done' || status === 'failed' || status === 'cancelled';
}

function answeringOf(headers: Pick<Headers, 'get'>): Answering {
  const attempts = headers.get('x-spillway-attempts');
  return {
    requestId: headers.get('x-spillway-request-id'),
    chain: headers.get('x-spillway-chain'),
    provider: headers.get('x-spillway-provider'),
    model: headers.get('x-spillway-model'),
    attempts: attempts === null ? null : Number(attempts),
  };
}

function afterChunk(run: RunState, chunk: ChatCompletionChunk, ms: number): RunState {
  const [choice] = chunk.choices;
  const { content, tool_calls: calls } = choice?.delta ?? {};
  const reasoning = choice?.delta.reasoning_content ?? '';
  const isToken = Boolean(content) || reasoning !== '' || (calls?.length ?? 0) > 0;
  const { usage } = chunk;
  return {
    ...run,
    status: 'streaming',
    text: run.text + (content ?? ''),
    reasoning: run.reasoning + reasoning,
    toolCalls: calls === undefined ? run.toolCalls : withCalls(run.toolCalls, calls),
    finishReason: choice?.finish_reason ?? run.finishReason,
    firstTokenMs: run.firstTokenMs ?? (isToken ? ms : null),
    inputTokens: usage?.prompt_tokens ?? run.inputTokens,
    outputTokens: usage?.completion_tokens ?? run.outputTokens,
    cost: usage?.cost ?? run.cost,
  };
}

type ToolCallDelta = NonNullable<NonNullable<ChatCompletionChunk['choices'][number]['delta']['tool_calls']>[number]>;

function withCalls(calls: RunState['toolCalls'], deltas: readonly ToolCallDelta[]): RunState['toolCalls'] {
  const next = [...calls];
  for (const { index, function: part } of deltas) {
    const call = next[index] ?? { name: '', arguments: '' };
    next[index] = { name: call.name + (part?.name ?? ''), arguments: call.arguments + (part?.arguments ?? '') };
  }
  return next;
}
