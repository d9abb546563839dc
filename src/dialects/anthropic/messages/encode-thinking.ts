import { effortOfBudget } from '../../neutral/effort-of-budget.ts';
import type { Losses } from '../../neutral/losses.ts';
import type { NeutralRequest, Reasoning } from '../../neutral/request.ts';
import type { MessageTraits } from '../model-traits.ts';
import type { EncodedMessage } from './encode-turns.ts';

/** How thinking is requested of the model. */
export interface EncodedThinking {
  readonly thinking?: Readonly<Record<string, unknown>>;
  /** A member of `output_config`. */
  readonly effort?: string | undefined;
  /** Whether it thinks, so that it takes no sampling parameters. */
  readonly on: boolean;
  readonly maxTokens: number;
}

/** What the thinking of a request depends on. */
export interface ThinkingParts {
  readonly traits: MessageTraits;
  readonly losses: Losses;
  /** Whether a tool is forced. */
  readonly forced: boolean;
  readonly messages: readonly EncodedMessage[];
  /** The most tokens of the answer, before thinking has its own. */
  readonly maxTokens: number;
}

const DISABLED = Object.freeze({ type: 'disabled' });
/** Shares of the longest answer that are the budgets of efforts. */
const SHARES: Readonly<Record<string, number>> = Object.freeze({
  minimal: 0.02,
  low: 0.1,
  medium: 0.3,
  high: 0.6,
  xhigh: 0.9,
  max: 0.9,
});
const MEDIUM = 'medium';
/** Anthropic's least budget. */
const MIN_BUDGET = 1024;
/** The longest answer of a model of which it is not known. */
const UNKNOWN_MAX_OUTPUT = 64_000;

/** Encodes how much the model reasons. */
export function encodeThinking({ reasoning }: NeutralRequest, parts: ThinkingParts): EncodedThinking {
  const { traits, losses, forced, maxTokens } = parts;
  const off = { on: false, maxTokens };
  const wanted = reasoning?.value ?? {};
  if (!isSaid(wanted)) return off;
  const isOff = wanted.disabled === true || wanted.effort === 'none';
  if (traits.thinking === 'none') {
    if (!isOff) losses.report(reasoning);
    return off;
  }
  if (isOff) return { ...off, thinking: DISABLED };
  if (forced && !traits.forcedThinking) {
    // The API refuses both together, and a forced tool is the more certain wish.
    losses.report(reasoning);
    return { ...off, thinking: DISABLED };
  }
  if (traits.thinking === 'adaptive') return { ...adaptive(wanted, traits), maxTokens };
  if (!mayThink(parts.messages)) {
    losses.report(reasoning);
    return { ...off, thinking: DISABLED };
  }
  const thinking = withBudget(wanted, parts);
  if (!thinking.on) losses.report(reasoning);
  return thinking;
}

function isSaid({ effort, budgetTokens, adaptive: isAdaptive, disabled }: Reasoning): boolean {
  return effort !== undefined || budgetTokens !== undefined || isAdaptive === true || disabled === true;
}

function adaptive(wanted: Reasoning, { xhigh }: MessageTraits): Omit<EncodedThinking, 'maxTokens'> {
  // Without it newer models return thinking without its text.
  return { thinking: { type: 'adaptive', display: 'summarized' }, effort: effortOf(wanted, xhigh), on: true };
}

function effortOf({ effort, budgetTokens }: Reasoning, xhigh: boolean): string | undefined {
  switch (effort) {
    case undefined:
      break;
    case 'minimal':
      return 'low';
    case 'xhigh':
      return xhigh ? effort : 'high';
    default:
      return effort;
  }
  return budgetTokens === undefined ? undefined : effortOfBudget(budgetTokens);
}

/** The budget is added to the most tokens of the answer, because it is a part of them. */
function withBudget(wanted: Reasoning, { traits, maxTokens }: ThinkingParts): EncodedThinking {
  const cap = traits.maxOutput ?? Math.max(UNKNOWN_MAX_OUTPUT, maxTokens);
  const { effort = MEDIUM } = wanted;
  const share = SHARES[Object.hasOwn(SHARES, effort) ? effort : MEDIUM] ?? 0;
  const budget = Math.max(MIN_BUDGET, Math.floor(wanted.budgetTokens ?? share * cap));
  const whole = Math.min(cap, maxTokens + budget);
  // Something must be left for the answer.
  const within = Math.min(budget, whole - Math.min(maxTokens, MIN_BUDGET));
  if (within < MIN_BUDGET) return { on: false, maxTokens };
  return { thinking: { type: 'enabled', budget_tokens: within }, on: true, maxTokens: whole };
}

/** With a budget, an assistant turn whose calls are being answered must begin with thinking, which only signed history has. */
function mayThink(messages: readonly EncodedMessage[]): boolean {
  const last = messages.at(-1);
  if (last?.role === 'assistant') return false;
  if (last?.content.some(({ type }) => type === 'tool_result') !== true) return true;
  const [first] = messages.at(-2)?.content ?? [];
  return first?.['type'] === 'thinking' || first?.['type'] === 'redacted_thinking';
}
