import type { GatewayError } from '../../domain/errors.ts';
import type { SseEvent } from '../../domain/stream-grammar.ts';
import type { Usage } from '../../domain/usage.ts';
import type { AnswerWriter, BlockEvent, FinishReason } from './block-event.ts';
import type { RestoreName } from './tool-names.ts';

/** Finishes that hold whatever was called. */
const STANDS: ReadonlySet<FinishReason> = new Set(['length', 'context_window', 'refusal', 'filter']);

type Opened = Extract<BlockEvent, { readonly t: 'open' }>;

/** One answer on its way to a client: the client's own tool names, and a finish that fits what was called. */
export class Translation {
  readonly #writer: AnswerWriter;
  readonly #restore: RestoreName;
  #hasCall = false;

  constructor(writer: AnswerWriter, restore: RestoreName) {
    this.#writer = writer;
    this.#restore = restore;
  }

  write(event: BlockEvent): readonly SseEvent[] {
    if (event.t === 'open') return this.#writer.write(this.#opened(event));
    if (event.t !== 'finish' || !this.#hasCall || STANDS.has(event.reason)) return this.#writer.write(event);
    return this.#writer.write({ ...event, reason: 'tools' });
  }

  /** A block with the client's own name of the tool that it calls. */
  #opened(event: Opened): Opened {
    const { block } = event;
    if (block.kind !== 'call') return event;
    this.#hasCall = true;
    if (block.namespace !== undefined || block.freeform) return event;
    return { ...event, block: { ...block, ...this.#restore(block.name) } };
  }

  usage(usage: Usage): void {
    this.#writer.usage(usage);
  }

  finish(): readonly SseEvent[] {
    return this.#writer.finish();
  }

  whole(): object {
    return this.#writer.whole();
  }

  failed(error: GatewayError): readonly SseEvent[] | undefined {
    return this.#writer.failed?.(error);
  }
}
