import { expect } from 'vitest';
import type { BlockEvent, BlockStart } from '../../../../src/dialects/neutral/block-event.ts';
import type { Opaque } from '../../../../src/dialects/neutral/request.ts';
import type { Usage } from '../../../../src/domain/usage.ts';
import type { FixtureMeaning } from '../../../helpers/dialect-fixtures.ts';

/** A block of an answer with everything that it grew to. */
export interface FoldedBlock {
  readonly start: BlockStart;
  text: string;
  opaque: Opaque | undefined;
  readonly citations: unknown[];
  closed: boolean;
}

/** Folds block events, and checks that each block is opened once, grows while it is open, and that nothing follows the finish. */
export function folded(events: readonly BlockEvent[]): { blocks: readonly FoldedBlock[]; finish: string | undefined } {
  const blocks: FoldedBlock[] = [];
  let finish: string | undefined;
  expect(events.filter(({ t }) => t === 'start')).toHaveLength(events.length === 0 ? 0 : 1);
  for (const event of events) {
    expect(finish).toBeUndefined();
    if (event.t === 'finish') finish = event.reason;
    if (event.t === 'start' || event.t === 'finish') continue;
    if (event.t === 'open') {
      expect(event.i).toBe(blocks.length);
      blocks.push({ start: event.block, text: '', opaque: undefined, citations: [], closed: false });
      continue;
    }
    const block = blocks[event.i];
    if (block === undefined) throw new Error(`The block ${event.i} is not open.`);
    expect(block.closed).toBe(false);
    if (event.t === 'delta') block.text += event.text;
    else if (event.t === 'opaque') block.opaque = event.opaque;
    else if (event.t === 'cite') block.citations.push(event.citation);
    else block.closed = true;
  }
  return { blocks, finish };
}

/** What an answer means, as the fixtures write it. The translation turns the finish into `tools` where a tool was called. */
export function meaningOf(events: readonly BlockEvent[], usage: Usage | undefined): FixtureMeaning {
  const { blocks, finish } = folded(events);
  const textOf = (kind: BlockStart['kind']): string =>
    blocks
      .filter(({ start }) => start.kind === kind)
      .map(({ text }) => text)
      .join('');
  const calls = blocks.flatMap(({ start, text }) =>
    start.kind === 'call'
      ? [[start.id, start.name, start.freeform ? text : (JSON.parse(text || '{}') as unknown)] as const]
      : [],
  );
  return {
    text: textOf('text'),
    refusal: textOf('refusal'),
    reasoning: textOf('reasoning'),
    calls,
    finish: finish === 'stop' && calls.length > 0 ? 'tools' : String(finish),
    usage: {
      input: usage?.input ?? 0,
      cacheRead: usage?.cachedInput ?? 0,
      cacheWrite: usage?.cacheWrite ?? 0,
      output: usage?.output ?? 0,
      reasoning: usage?.reasoning ?? 0,
    },
  };
}
