/** How long a request stays in progress whose end may be among lost events, without another event of it, in milliseconds. */
const DOUBT_MS = 10_000;

/** Requests in progress whose ends may be among lost events. */
export class DoubtfulRequests {
  /** When each is dropped, in milliseconds since the epoch, in the order of these times. */
  readonly #dropAt = new Map<string, number>();

  /** Events were lost while these requests were in progress. */
  doubt(ids: Iterable<string>, now: number): void {
    for (const id of ids) if (!this.#dropAt.has(id)) this.#dropAt.set(id, now + DOUBT_MS);
  }

  /** Something came of a request, or it is gone. */
  settle(id: string): void {
    this.#dropAt.delete(id);
  }

  /** Forgets all. */
  clear(): void {
    this.#dropAt.clear();
  }

  /** Takes the requests whose time is over. */
  take(now: number): readonly string[] {
    const over = [...this.#dropAt].filter(([, dropAt]) => dropAt <= now).map(([id]) => id);
    for (const id of over) this.#dropAt.delete(id);
    return over;
  }

  /** When the next one is to be taken, in milliseconds since the epoch; undefined where there is none. */
  nextAt(): number | undefined {
    return this.#dropAt.values().next().value;
  }
}
