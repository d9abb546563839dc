import type { Loss } from './request.ts';

/** Collects what one target cannot carry of a request. */
export class Losses {
  readonly #told = new Set<string>();
  #reason: string | undefined;
  #field: string | undefined;

  /** Notes that a member is not sent. `reason`: why an answer without it would be wrong, where that is not clear from its name. */
  add(field: string, loss: Loss, reason = `This entry cannot take '${field}'.`): void {
    if (loss === 'told') this.#told.add(field);
    else if (loss === 'unsuited' && this.#reason === undefined) {
      this.#reason = reason;
      this.#field = field;
    }
  }

  /** Notes a member whose loss changes the answer; nothing where it was not sent. */
  tell(setting: { readonly field: string } | undefined): void {
    if (setting !== undefined) this.#told.add(setting.field);
  }

  /** Notes why the target cannot take the request. The first reason counts. */
  refuse(reason: string): void {
    this.#reason ??= reason;
  }

  /** The members to name to the client, sorted. */
  get told(): readonly string[] {
    return [...this.#told].toSorted();
  }

  /** Why the target cannot take the request; undefined where it can. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** The member that is the reason, where it is one. */
  get field(): string | undefined {
    return this.#field;
  }
}
