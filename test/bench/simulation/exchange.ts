import type { Clock } from '../../../src/lib/clock.ts';
import { chunk, sse } from '../../../src/testing/index.ts';
import type { Receiver, Transport, UpstreamRequest } from '../../../src/upstream/transport.ts';
import type { Arrival } from './arrivals.ts';
import { type Demand, NETWORK_MS, type Provider, type Refusal } from './provider.ts';

/** Share of requests for which a provider is overloaded. */
const OVERLOADED = 0.01;
/** A stream's first token arrives after this share of its time. */
const FIRST_TOKEN = 0.3;

/** What the exchanges of a day are made of. */
export interface Exchanges {
  readonly clock: Clock;
  readonly providers: readonly Provider[];
  /** By the id of the request. */
  readonly arrivals: ReadonlyMap<string, Arrival>;
}

/** The network of the simulation: every request reaches its provider, which decides by its own counts. */
export function simulatedTransport({ clock, providers, arrivals }: Exchanges): Transport {
  const hosts = new Map(providers.map((provider) => [provider.row.host, provider]));
  const attempts = new Map<string, number>();

  return ({ endpoint, headers, body }, receiver) => {
    const id = headers['x-request-id'] ?? '';
    const arrival = arrivals.get(id);
    const provider = hosts.get(new URL(endpoint.origin).host);
    if (arrival === undefined || provider === undefined)
      throw new Error(`Request ${id} to ${endpoint.origin} is unknown.`);
    const attempt = attempts.get(id) ?? 0;
    attempts.set(id, attempt + 1);
    const abort = run({ clock, provider, arrival, receiver }, demandOf(arrival, body), attempt);
    return { pause: () => undefined, resume: () => undefined, abort };
  };
}

/** The demand as the provider reads it. */
function demandOf({ promptTokens }: Arrival, body: UpstreamRequest['body']): Demand & { readonly stream: boolean } {
  const fields = JSON.parse(Buffer.concat([body ?? Buffer.from('{}')].flat()).toString()) as {
    max_completion_tokens?: number;
    stream?: boolean;
  };
  return { promptTokens, maxTokens: fields.max_completion_tokens, stream: fields.stream === true };
}

interface Exchange {
  readonly clock: Clock;
  readonly provider: Provider;
  readonly arrival: Arrival;
  readonly receiver: Receiver;
}

/** Runs an exchange. Returns a function that aborts it. */
function run(exchange: Exchange, demand: Demand & { readonly stream: boolean }, attempt: number): () => void {
  const { clock, provider, arrival, receiver } = exchange;
  const pending: Disposable[] = [];
  let onAbort: (() => void) | undefined;
  const after = (ms: number, step: () => void): void => void pending.push(clock.timer(ms, step));

  function end(): void {
    onAbort = undefined;
    receiver.end();
  }

  function refuse({ status, headers = {}, body }: Refusal): void {
    after(NETWORK_MS, () => {
      receiver.head({ status, headers: { 'content-type': 'application/json', ...headers } });
      receiver.data(Buffer.from(JSON.stringify(body)));
      end();
    });
  }

  receiver.started();
  after(NETWORK_MS, () => {
    const now = clock.now();
    if ((arrival.luck[attempt] ?? 1) < OVERLOADED)
      return refuse({ status: 503, body: { error: { message: 'The model is overloaded.', code: 503 } } });
    const admitted = provider.admit(demand, now);
    if (admitted.kind === 'refused') return refuse(admitted.refusal);
    const { latency, outputTokens } = arrival;
    // An aborted request has used what was generated until then.
    onAbort = () => admitted.end(Math.round(outputTokens * Math.min(1, (clock.now() - now) / latency)), clock.now());
    const head = { status: 200, headers: { ...admitted.headers, 'content-type': typeOf(demand.stream) } };
    const pieces = demand.stream ? streamOf(arrival) : [jsonOf(arrival)];
    if (demand.stream) after(latency * FIRST_TOKEN + NETWORK_MS, () => receiver.head(head));
    for (const [index, piece] of pieces.entries()) {
      const share = demand.stream ? FIRST_TOKEN + ((1 - FIRST_TOKEN) * index) / (pieces.length - 1) : 1;
      after(latency * share + NETWORK_MS, () => {
        if (!demand.stream) receiver.head(head);
        receiver.data(Buffer.from(piece));
      });
    }
    after(latency, () => {
      onAbort = undefined;
      admitted.end(outputTokens, clock.now());
    });
    after(latency + NETWORK_MS, end);
  });
  return () => {
    for (const each of pending) each[Symbol.dispose]();
    onAbort?.();
  };
}

function typeOf(stream: boolean): string {
  return stream ? 'text/event-stream' : 'application/json';
}

const BYTES_PER_TOKEN = 4;
/** Deltas of a stream; a client that disconnects between two of them has received those before. */
const DELTAS = 8;

const usageOf = ({ promptTokens, outputTokens }: Arrival) => ({
  prompt_tokens: promptTokens,
  completion_tokens: outputTokens,
  total_tokens: promptTokens + outputTokens,
});

function streamOf(arrival: Arrival): readonly string[] {
  const content = 'x'.repeat(Math.ceil((arrival.outputTokens * BYTES_PER_TOKEN) / DELTAS));
  const last = { object: 'chat.completion.chunk', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
  return [
    ...Array.from({ length: DELTAS }, () => chunk({ delta: { content } })),
    sse({ ...last, usage: usageOf(arrival) }) + sse('[DONE]'),
  ];
}

function jsonOf(arrival: Arrival): string {
  const message = { role: 'assistant', content: 'x'.repeat(arrival.outputTokens * BYTES_PER_TOKEN) };
  const choices = [{ index: 0, message, finish_reason: 'stop' }];
  return JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion', choices, usage: usageOf(arrival) });
}
