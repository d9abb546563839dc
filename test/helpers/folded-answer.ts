import type { BlockEvent } from '../../src/dialects/neutral/block-event.ts';

/** What block events mean, in the form of the fixtures' `neutral`. */
export interface FoldedAnswer {
  readonly text: string;
  readonly refusal: string;
  readonly reasoning: string;
  readonly calls: readonly (readonly [id: string, name: string, input: unknown])[];
  readonly finish: string;
}

/** Folds the block events of an answer. Throws where they break the rules of `BlockEvent`: each block opened once and closed once, nothing after it. */
export function foldAnswer(events: readonly BlockEvent[]): FoldedAnswer {
  const texts = { text: '', refusal: '', reasoning: '' };
  const calls: { id: string; name: string; input: string }[] = [];
  const open = new Map<number, (text: string) => void>();
  let opened = 0;
  let finish: string | undefined;
  for (const [at, event] of events.entries()) {
    if (finish !== undefined) throw new Error(`${event.t} after the finish`);
    if ((event.t === 'start') !== (at === 0)) throw new Error(`${event.t} at ${at}`);
    if (event.t === 'open') {
      if (event.i !== opened++) throw new Error(`block ${event.i} is the ${opened}th`);
      const { block } = event;
      if (block.kind === 'call') {
        const call = { id: block.id, name: block.name, input: '' };
        calls.push(call);
        open.set(event.i, (text) => (call.input += text));
      } else if (block.kind === 'text' || block.kind === 'refusal' || block.kind === 'reasoning') {
        const { kind } = block;
        open.set(event.i, (text) => (texts[kind] += text));
      } else open.set(event.i, () => undefined);
    } else if (event.t === 'finish') finish = event.reason;
    else if (event.t !== 'start') {
      const add = open.get(event.i);
      if (add === undefined) throw new Error(`${event.t} of block ${event.i}, which is not open`);
      if (event.t === 'delta') add(event.text);
      if (event.t === 'close') open.delete(event.i);
    }
  }
  if (finish === undefined) throw new Error('no finish');
  if (open.size > 0) throw new Error(`${open.size} blocks are open at the end`);
  return {
    ...texts,
    calls: calls.map(({ id, name, input }) => [id, name, JSON.parse(input || '{}')] as const),
    finish,
  };
}
