import type { Batch, SpendRow } from '../../src/store/store.ts';

/** How a write ends: `fails` before anything is written, `forgets` to answer after it has written, `hangs` until it is told to go on. */
export type WriteEnd = 'succeeds' | 'fails' | 'forgets' | 'hangs';

/** Records that write each batch of a writer once, and fail as they are told. */
export interface ScriptedRecords {
  /** Ends of the next writes, in order; the last one again and again. */
  ends: WriteEnd[];
  /** What each write resolves to. */
  sums: readonly SpendRow[];
  readonly write: (batch: Batch) => Promise<readonly SpendRow[]>;
  /** Every batch that was offered, and those that were written. */
  readonly offered: Batch[];
  readonly written: Batch[];
  /** Ends the write that hangs. */
  goOn(): void;
}

/** Makes records of which every write succeeds. */
export function scriptedRecords(): ScriptedRecords {
  const hanging: (() => void)[] = [];
  const known = new Set<string>();
  const records: ScriptedRecords = {
    ends: ['succeeds'],
    sums: [],
    offered: [],
    written: [],
    goOn: () => hanging.shift()?.(),
    async write(batch) {
      records.offered.push(batch);
      const end = records.ends.length > 1 ? records.ends.shift() : records.ends[0];
      if (end === 'hangs') await new Promise<void>((resolve) => hanging.push(resolve));
      if (end === 'fails') throw new Error('store: is gone');
      const name = `${batch.writer} ${batch.seq}`;
      if (!known.has(name)) records.written.push(batch);
      known.add(name);
      if (end === 'forgets') throw new Error('store: is gone');
      return records.sums;
    },
  };
  return records;
}
