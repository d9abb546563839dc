import type { Usage } from './probe.ts';

/** A line that sums up an attack. */
interface Summary {
  readonly title: string;
  turnMs: number;
  peakRss: number;
  grown: number;
  sent: number;
  lost: number;
  /** The process ended, or did not answer. */
  ended: boolean;
  good: boolean;
}

const MB = 1024 * 1024;

/** Figures with their limits, printed as they are measured, and a summary of each attack. */
export class Report {
  readonly #summaries: Summary[] = [];

  /** Whether every figure was within its limit. */
  get good(): boolean {
    return this.#summaries.every(({ good }) => good);
  }

  /** Begins an attack, to which all further figures belong. */
  begin(title: string): void {
    this.#summaries.push({ title, turnMs: 0, peakRss: 0, grown: 0, sent: 0, lost: 0, ended: false, good: true });
    console.log(`\n${title.padEnd(62)} ${'figure'.padStart(24)}   limit`);
  }

  /** A figure that must not be over its limit. */
  atMost(what: string, figure: number, limit: number): void {
    this.#row(what, shown(figure), `<= ${limit}`, figure <= limit);
  }

  /** A value that must be one of these. */
  oneOf(what: string, value: string | number, wanted: readonly (string | number)[]): void {
    this.#row(what, String(value), wanted.join(' or '), wanted.includes(value));
  }

  /** A figure for reading only. */
  note(what: string, figure: number | string): void {
    this.#row(what, typeof figure === 'number' ? shown(figure) : figure, '', true);
  }

  /** Counts a measurement for the summary. `idleRss`: the most memory before the attack. Undefined is a process that has ended. */
  count(usage: Usage | undefined, idleRss: number): void {
    const summary = this.#current;
    if (usage === undefined) return void (summary.ended = true);
    summary.turnMs = Math.max(summary.turnMs, usage.turnMs);
    summary.peakRss = Math.max(summary.peakRss, usage.peakRss);
    summary.grown = Math.max(summary.grown, usage.peakRss - idleRss);
  }

  /** Counts healthy requests, none of which may be lost. */
  healthy({ sent, lost }: { readonly sent: number; readonly lost: readonly string[] }): void {
    this.#current.sent += sent;
    this.#current.lost += lost.length;
    const kinds = [...new Set(lost)].slice(0, 3).join(', ');
    this.atMost(`healthy requests lost, of ${sent}${kinds === '' ? '' : ` (${kinds})`}`, lost.length, 0);
  }

  /** Prints a line for each attack. */
  finish(): void {
    const columns = ['longest turn, ms', 'largest RSS, MB', 'grown by, MB', 'lost', 'of'];
    console.log(`\n${'attack'.padEnd(46)} ${columns.map((each) => each.padStart(17)).join('')}`);
    for (const { title, turnMs, peakRss, grown, lost, sent, ended, good } of this.#summaries) {
      const figures = [turnMs, peakRss / MB, grown / MB].map((each) => each.toFixed(1));
      const all = [...figures, String(lost), String(sent)].map((each) => each.padStart(17)).join('');
      const note = ended ? ', the process ended' : '';
      console.log(`${title.slice(0, 46).padEnd(46)} ${all}   ${good ? 'ok' : 'OVER'}${note}`);
    }
  }

  get #current(): Summary {
    const current = this.#summaries.at(-1);
    if (current === undefined) throw new Error('No attack has begun.');
    return current;
  }

  #row(what: string, figure: string, limit: string, ok: boolean): void {
    if (!ok) this.#current.good = false;
    console.log(`${what.padEnd(62)} ${figure.padStart(24)}   ${limit.padEnd(24)} ${ok ? 'ok' : 'OVER'}`.trimEnd());
  }
}

function shown(figure: number): string {
  return Number.isInteger(figure) ? String(figure) : figure.toFixed(2);
}
