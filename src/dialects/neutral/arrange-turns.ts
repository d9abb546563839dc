import type { Losses } from './losses.ts';
import type { Block, CallBlock, ResultBlock, Turn } from './request.ts';

/** How the turns of one API are ordered. */
export interface TurnRules {
  /** Whether a later system turn keeps its role; where it does not, it becomes text of the user in its place. */
  readonly keepsSystem: boolean;
}

/** Turns as an API takes them. */
export interface ArrangedTurns {
  /** The system turns before any other, in order. */
  readonly leading: readonly Turn[];
  readonly turns: readonly Turn[];
}

/** A result that stands in for one that is missing, because every call needs one. */
const NO_RESULT = 'No result.';

/**
 * Orders turns so that every API takes them: the results of an assistant turn in one user turn behind it, in the order of its calls and before
 * anything else of that turn; what stood between a call and its result comes behind the results. A call without a result gets one that reports
 * an error. A result without a call is left out and reported, and so is a call that the model has not made: one in a turn of another role. Consecutive turns of one role are one turn; empty texts and empty turns are left out.
 */
export function arrangeTurns(turns: readonly Turn[], { keepsSystem }: TurnRules, losses: Losses): ArrangedTurns {
  const first = turns.findIndex(({ role }) => role !== 'system');
  const leading = (first === -1 ? turns : turns.slice(0, first)).map(withoutEmpty).filter(hasBlocks);
  const rest = (first === -1 ? [] : turns.slice(first))
    .map((turn) => (turn.role === 'system' && !keepsSystem ? { ...turn, role: 'user' as const } : turn))
    .map(withoutEmpty)
    .filter(hasBlocks);
  return { leading, turns: merged(withResults(merged(rest), losses)) };
}

/**
 * Places each call's result behind the turn that holds the call. Some clients use an id again in later turns, so each call takes the first result
 * of its id that no earlier call has taken.
 */
function withResults(turns: readonly Turn[], losses: Losses): Turn[] {
  const results = resultsById(turns);
  const arranged: Turn[] = [];
  for (const turn of turns) {
    if (!turn.blocks.some(isCallOrResult)) {
      arranged.push(turn);
      continue;
    }
    const isAnswer = turn.role === 'assistant';
    const calls = isAnswer ? turn.blocks.filter(isCall) : [];
    const others = turn.blocks.filter(({ kind }) => kind !== 'result' && (isAnswer || kind !== 'call'));
    if (!isAnswer && turn.blocks.some(isCall)) losses.add('tool_calls', 'reported');
    if (others.length > 0) arranged.push({ ...turn, blocks: others });
    if (calls.length === 0) continue;
    const taken = calls.map(({ id }) => results.get(id)?.next() ?? missingResult(id));
    arranged.push({ role: 'user', blocks: taken });
  }
  if ([...results.values()].some((queue) => queue.isLeft)) losses.add('tool_results', 'reported');
  return arranged;
}

/** The results of one id, in order. */
class ResultQueue {
  readonly #results: ResultBlock[] = [];
  #taken = 0;

  add(result: ResultBlock): void {
    this.#results.push(result);
  }

  next(): ResultBlock | undefined {
    return this.#results[this.#taken++];
  }

  get isLeft(): boolean {
    return this.#taken < this.#results.length;
  }
}

function resultsById(turns: readonly Turn[]): ReadonlyMap<string, ResultQueue> {
  const results = new Map<string, ResultQueue>();
  for (const { blocks } of turns)
    for (const block of blocks) {
      if (block.kind !== 'result') continue;
      const queue = results.get(block.id) ?? new ResultQueue();
      results.set(block.id, queue);
      queue.add(block);
    }
  return results;
}

function missingResult(id: string): ResultBlock {
  return { kind: 'result', id, parts: [{ kind: 'text', text: NO_RESULT }], error: true };
}

function isCall(block: Block): block is CallBlock {
  return block.kind === 'call';
}

function isCallOrResult({ kind }: Block): boolean {
  return kind === 'call' || kind === 'result';
}

/** Joins neighbours of one role, except system turns. */
function merged(turns: readonly Turn[]): Turn[] {
  const joined: Turn[] = [];
  /** The blocks of the last turn, where it is made of several. */
  let blocks: Block[] | undefined;
  for (const turn of turns) {
    const last = joined.at(-1);
    if (last?.role !== turn.role || turn.role === 'system') {
      joined.push(turn);
      blocks = undefined;
      continue;
    }
    if (blocks === undefined) {
      blocks = [...last.blocks];
      joined[joined.length - 1] = { role: turn.role, blocks };
    }
    for (const block of turn.blocks) blocks.push(block);
  }
  return joined;
}

function withoutEmpty(turn: Turn): Turn {
  return turn.blocks.some(isEmptyText) ? { ...turn, blocks: turn.blocks.filter((block) => !isEmptyText(block)) } : turn;
}

function isEmptyText(block: Block): boolean {
  return block.kind === 'text' && block.text === '';
}

function hasBlocks({ blocks }: Turn): boolean {
  return blocks.length > 0;
}
