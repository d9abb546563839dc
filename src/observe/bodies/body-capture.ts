import type { Answer } from '../../attempt/answer.ts';
import type { BodyRules } from '../../domain/body-rules.ts';
import { type EventStream, rawBodyOf } from '../../domain/event-stream.ts';
import { observed } from '../../sse/observed.ts';
import { onEnd } from '../../sse/on-end.ts';
import type { BodyQueue } from './body-queue.ts';
import { type BodyFormat, MARGIN_BYTES, type TakenBody } from './redact-body.ts';

/** Takes the beginnings of the bodies of one request, as copies. Its memory is reserved in the queue, and released by the receiver of the bodies. */
export class BodyCapture {
  readonly rules: BodyRules;
  readonly #queue: BodyQueue;
  readonly #most: number;
  #pieces: Uint8Array[] = [];
  #taken = 0;
  /** Whether nothing more is taken. */
  #isFull = false;
  #size = 0;
  #format: BodyFormat | undefined;
  #request: TakenBody | undefined;
  readonly #onAnswered: () => void;
  /** Bytes that are reserved. */
  bytes = 0;
  /** Whether there was no room for it. */
  isDropped = false;
  /** Whether nothing of the answer follows. */
  isAnswered = false;
  /** Id of its row, once the request has ended. */
  rowId: bigint | undefined;

  constructor(rules: BodyRules, queue: BodyQueue, onAnswered: () => void) {
    this.rules = rules;
    this.#queue = queue;
    this.#most = rules.maxBytes + MARGIN_BYTES;
    this.#onAnswered = onAnswered;
  }

  get request(): TakenBody | undefined {
    return this.#request;
  }

  /** What the answer is so far; undefined without one. */
  get answer(): TakenBody | undefined {
    const format = this.#format;
    if (format === undefined) return undefined;
    return { format, bytes: joined(this.#pieces, this.#taken), size: this.#size, partial: !this.isAnswered };
  }

  /** Takes the request's body. */
  takeRequest(body: Buffer): void {
    const length = Math.min(body.length, this.#most);
    if (!this.#reserve(length)) return;
    this.#request = { format: 'json', bytes: new Uint8Array(body.subarray(0, length)), size: body.length };
  }

  /** Takes an answer; what it returns is to be served in place of it. */
  takeAnswer(answer: Answer): Answer {
    if (answer.kind === 'stream') return { kind: 'stream', stream: this.#follow(answer.stream) };
    this.#format = 'json';
    this.#take(rawBodyOf(answer.value) ?? Buffer.from(JSON.stringify(answer.value)));
    this.answered();
    return answer;
  }

  /** Nothing follows: the answer has ended, or there is none. */
  answered(): void {
    if (this.isAnswered) return;
    this.isAnswered = true;
    this.#onAnswered();
  }

  /** Takes nothing more. */
  stop(): void {
    this.#isFull = true;
  }

  /** Gives up what was taken. */
  discard(): void {
    this.isDropped = true;
    this.#isFull = true;
    this.#queue.release(this.bytes);
    this.bytes = 0;
    this.#pieces = [];
    this.#request = undefined;
  }

  #follow(stream: EventStream<unknown>): EventStream<unknown> {
    this.#format = 'events';
    const seen = observed(stream, {
      events: (bytes) => this.#take(bytes),
      chunk: (chunk) => {
        if (!this.isDropped) this.#take(Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`));
      },
    });
    return onEnd(seen, (end) => {
      if (end.kind === 'failed' && end.events !== undefined) this.#take(Buffer.from(end.events));
      this.answered();
    });
  }

  #take(bytes: Buffer): void {
    this.#size += bytes.length;
    if (this.#isFull) return;
    const room = this.#most - this.#taken;
    const length = this.#format === 'events' ? wholeEvents(bytes, room) : Math.min(bytes.length, room);
    // What has no room is the first thing that is missing: a shorter event after it must not be taken.
    if (length < bytes.length) this.#isFull = true;
    if (length === 0 || !this.#reserve(length)) return;
    this.#pieces.push(new Uint8Array(bytes.subarray(0, length)));
    this.#taken += length;
  }

  #reserve(bytes: number): boolean {
    if (!this.#queue.reserve(bytes)) {
      this.discard();
      return false;
    }
    this.bytes += bytes;
    return true;
  }
}

/** Length of the whole events at the beginning of bytes that have at most `room` bytes. */
function wholeEvents(bytes: Buffer, room: number): number {
  if (bytes.length <= room) return bytes.length;
  const end = bytes.subarray(0, room).lastIndexOf('\n\n');
  return end === -1 ? 0 : end + 2;
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
