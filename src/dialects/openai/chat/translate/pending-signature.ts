import type { Opaque } from '../../../neutral/request.ts';

/**
 * The signature of reasoning, until there is a place for it: the call behind the reasoning, else the message. Clients send calls back as they were, and
 * more rarely what stands in a message.
 */
export class PendingSignature {
  #opaque: Opaque | undefined;
  #several = false;

  add(opaque: Opaque): void {
    // One place holds one signature, and the joined reasoning would fit neither.
    this.#several = this.#opaque !== undefined;
    this.#opaque = opaque;
  }

  /** The signature to write, once; undefined where there is none, or more than one. */
  take(): Opaque | undefined {
    const opaque = this.#several ? undefined : this.#opaque;
    this.#opaque = undefined;
    this.#several = false;
    return opaque;
  }
}
