import type { UnsuitedCode } from '../../domain/outcome.ts';
import type { Loss, LostField } from './request.ts';

/** Collects what one target cannot carry of a request. */
export class Losses {
  readonly #reported = new Set<string>();
  #reason: string | undefined;
  #field: string | undefined;
  #code: UnsuitedCode | undefined;

  /** Notes that a member is not sent. */
  add(field: string, loss: Loss): void {
    this.note({ field, loss });
  }

  /** Notes that a member is not sent, with what is to be said about it. */
  note({ field, loss, reason = `This entry cannot take '${field}'.`, code }: LostField): void {
    if (loss === 'reported') this.#reported.add(field);
    else if (loss === 'unsuited' && this.#reason === undefined) {
      this.#reason = reason;
      this.#field = field;
      this.#code = code;
    }
  }

  /** Notes a member whose loss changes the answer; nothing where it was not sent. */
  report(setting: { readonly field: string } | undefined): void {
    if (setting !== undefined) this.#reported.add(setting.field);
  }

  /** Notes the members of a value that are not sent, each as `field.member`. Members that are null, or listed in `sent`, lose nothing. */
  reportRest(field: string, value: Readonly<Record<string, unknown>>, sent: ReadonlySet<string>): void {
    for (const [name, member] of Object.entries(value))
      if (member !== undefined && member !== null && !sent.has(name)) this.#reported.add(`${field}.${name}`);
  }

  /** Notes why the target cannot take the request. The first reason counts. */
  refuse(reason: string): void {
    this.#reason ??= reason;
  }

  /** The members to name to the client, sorted. */
  get reported(): readonly string[] {
    return [...this.#reported].toSorted();
  }

  /** Why the target cannot take the request; undefined where it can. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** The member that is the reason, where it is one. */
  get field(): string | undefined {
    return this.#field;
  }

  /** The code of the error where no other entry can take the request either; undefined for the usual one. */
  get code(): UnsuitedCode | undefined {
    return this.#code;
  }
}
