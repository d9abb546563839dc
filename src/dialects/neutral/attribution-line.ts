import type { Turn } from './request.ts';

const HEADER = 'x-anthropic-billing-header:';
const LINE = /(?:^|\n)x-anthropic-billing-header:[^\n]*/g;

/**
 * A system turn without the line in which a coding agent tells Anthropic what to bill. It differs in every request, so that no other provider
 * would find the prompt in its cache (anthropics/claude-code#68900). Other turns stay.
 */
export function withoutAttributionLine(turn: Turn): Turn {
  if (turn.role !== 'system' || !turn.blocks.some((block) => block.kind === 'text' && block.text.includes(HEADER)))
    return turn;
  const blocks = turn.blocks.map((block) =>
    block.kind === 'text' ? { ...block, text: block.text.replaceAll(LINE, '').replace(/^\n+/, '') } : block,
  );
  return { ...turn, blocks };
}
