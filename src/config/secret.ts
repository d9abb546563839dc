import { REDACTED } from '../lib/secret-values.ts';

const inspect = Symbol.for('nodejs.util.inspect.custom');

/** A string that is `***` wherever it is printed, logged or serialized. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The secret in plain, for the code that sends or compares it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect](): string {
    return REDACTED;
  }
}
