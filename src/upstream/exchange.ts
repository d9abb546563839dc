import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { codingsOf, createDecoder, type Decoder } from './decode.ts';
import { codeOf, failureOf, type ReplyProgress } from './failure.ts';
import { createGathering } from './gather.ts';
import type { Connections, Dispatched } from './pool.ts';
import type { Exchange, Flow, Receiver, ReplyHead, TransportFailure, UpstreamRequest } from './transport.ts';

/** An exchange over undici. */
export interface UndiciExchange extends Exchange {
  /** Whether it runs on a socket that was open before. */
  reused(): boolean;
}

/** Where an exchange's events go. */
export interface ExchangeOptions {
  /** Its `failed` is only called for a reply that cannot be read; every other failure goes to `failed` below. */
  readonly receiver: Receiver;
  /** Called when the exchange fails, unless it was aborted. */
  readonly failed: (failure: TransportFailure, progress: ReplyProgress) => void;
}

/** More 1xx heads before a reply are a flood: they are never used, and each costs time. */
const MAX_INTERIM_HEADS = 32;
const MAX_HEADER_LINES = 1000;

/** Starts one exchange on the given connections. It may call the receiver before it returns. */
export function startExchange(
  connections: Connections,
  request: UpstreamRequest,
  options: ExchangeOptions,
): UndiciExchange {
  const exchange = new DispatchedExchange(options);
  exchange.dispatch(connections, request);
  return exchange;
}

class DispatchedExchange implements UndiciExchange, Dispatcher.DispatchHandler {
  readonly #options: ExchangeOptions;
  /** The two that may pause the socket: the reader or the decoder, and the turn of the event loop. */
  readonly #wire = this.#pausable();
  readonly #gathering = createGathering((bytes) => this.#receive(bytes), this.#pausable());
  /** How many of them pause it. */
  #pauses = 0;
  #dispatched: Dispatched | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #decoder: Decoder | undefined;
  #anyReply = false;
  #interimHeads = 0;
  #over = false;
  #aborted: Error | undefined;

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  dispatch(connections: Connections, { endpoint: { origin }, body, headers, ...request }: UpstreamRequest): void {
    const options =
      body === undefined || Buffer.isBuffer(body)
        ? { ...request, origin, headers, body: body ?? null }
        : { ...request, origin, headers: { ...headers, 'content-length': sizeOf(body) }, body: streamOf(body) };
    this.#dispatched = connections.dispatch(options, this);
  }

  reused(): boolean {
    return this.#dispatched?.reused === true;
  }

  pause(): void {
    (this.#decoder ?? this.#wire).pause();
  }

  resume(): void {
    (this.#decoder ?? this.#wire).resume();
  }

  abort(reason: Error): void {
    if (!this.#finish()) return;
    this.#aborted = reason;
    this.#decoder?.drop();
    // While a request waits for a socket, undici gives no handle on it: the abort ends the connection attempt. If a socket opens anyway,
    // `onRequestStart` aborts before a byte is written.
    if (this.#controller === undefined) this.#dispatched?.cancel();
    else this.#controller.abort(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#aborted !== undefined) controller.abort(this.#aborted);
    else this.#options.receiver.started();
  }

  onResponseStart({ rawHeaders }: Dispatcher.DispatchController, status: number, headers: ReplyHead['headers']): void {
    if (this.#over) return;
    if (status < 200 && ++this.#interimHeads > MAX_INTERIM_HEADS)
      return this.#breakOff('garbled', 'The provider sends interim heads and no reply.');
    // `rawHeaders` alternates names and values. undici limits only their bytes.
    if (Array.isArray(rawHeaders) && rawHeaders.length > 2 * MAX_HEADER_LINES)
      return this.#breakOff('garbled', 'The reply has too many header lines.');
    this.#anyReply = true;
    // Early hints are not the reply's head, but they show that the provider has received the request.
    if (status >= 200) this.#startReply({ status, headers });
  }

  onResponseData(_: Dispatcher.DispatchController, bytes: Buffer): void {
    if (!this.#over) this.#gathering.add(bytes);
  }

  onResponseEnd(): void {
    this.#gathering.flush(() => {
      if (this.#over) return;
      if (this.#decoder !== undefined) this.#decoder.receiver.end();
      else if (this.#finish()) this.#options.receiver.end();
    });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    // In case undici ever reports the error in the same tick as the bytes before it.
    this.#gathering.flush(() => {
      const progress = { anyReply: this.#anyReply };
      // Bytes from before the break are still to be decoded. The decoder then reports the cut itself.
      if (this.#decoder !== undefined && !this.#over) this.#decoder.receiver.end();
      else if (this.#finish()) this.#options.failed(failureOf(error, progress), progress);
    });
  }

  /** A way to pause the socket, which runs only while none does. */
  #pausable(): Flow {
    let paused = false;
    return {
      pause: () => {
        if (paused) return;
        paused = true;
        this.#pauses++;
        this.#controller?.pause();
      },
      resume: () => {
        if (!paused) return;
        paused = false;
        if (--this.#pauses === 0 && !this.#over) this.#controller?.resume();
      },
    };
  }

  #startReply(head: ReplyHead): void {
    const { receiver } = this.#options;
    const codings = codingsOf(head);
    if (codings !== undefined && codings.length > 0)
      this.#decoder = createDecoder(codings, {
        receiver: { data: (bytes) => receiver.data(bytes), end: () => this.#finish() && receiver.end() },
        flow: this.#wire,
        failed: (problem, cause) => this.#undecodable(problem, cause),
      });
    receiver.head(head);
    if (codings === undefined) this.#undecodable('garbled', new Error('Unknown content-encoding.'));
  }

  #receive(bytes: Buffer): void {
    if (!this.#over) (this.#decoder?.receiver ?? this.#options.receiver).data(bytes);
  }

  #undecodable(kind: 'cut' | 'garbled', cause: Error): void {
    this.#breakOff(kind, `The compressed reply cannot be read (${codeOf(cause)}).`, cause);
  }

  #breakOff(kind: 'cut' | 'garbled', message: string, cause = new Error(message)): void {
    if (!this.#finish()) return;
    this.#controller?.abort(cause);
    this.#options.receiver.failed({ kind, message, cause });
  }

  /** Whether this call is the one that ends the exchange. */
  #finish(): boolean {
    if (this.#over) return false;
    this.#over = true;
    return true;
  }
}

function sizeOf(pieces: readonly Buffer[]): string {
  return String(pieces.reduce((size, { length }) => size + length, 0));
}

/** A stream that has ended already: for one of unknown length undici opens a connection only after the dispatch has returned. */
function streamOf(pieces: readonly Buffer[]): Readable {
  const stream = new Readable({ read: () => undefined });
  for (const piece of pieces) stream.push(piece);
  stream.push(null);
  return stream;
}
