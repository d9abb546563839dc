import type { Target } from '../domain/chain.ts';
import type { Needs } from '../domain/needs.ts';
import type { AdmissionRequest } from '../limits/admission.ts';
import type { Demands } from '../limits/demand.ts';
import { needsAt } from '../targets/needs-at.ts';

/** Output tokens that are assumed for a request that bounds none, at a target of which no answer was counted yet. */
const UNKNOWN_OUTPUT_TOKENS = 4096;

/** What prices of requests are made from. */
export interface PriceTools {
  readonly prices: {
    reservationNano(target: Target, tokens: Omit<ReservedTokens, 'bounded'>, at: number): number | null;
  };
  readonly demands: Pick<Demands, 'promptTokensOf' | 'usualAnswerOf'>;
}

/** The tokens that are reserved for a request at a target. */
export interface ReservedTokens {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Whether they may be audio. */
  readonly audio: boolean;
  /** Whether the request bounds its output, so that no answer takes more. */
  readonly bounded: boolean;
}

/** The tokens to reserve for a request at a target: the corrected estimate of its prompt, and the most output that it allows or that is usual there. */
export function tokensAt(
  { demands }: Pick<PriceTools, 'demands'>,
  target: Target,
  { call, needs }: Pick<AdmissionRequest, 'call' | 'needs'>,
): ReservedTokens {
  const own: Needs = needsAt(target, call, needs);
  const bounded = own.outputTokens > 0;
  const outputTokens = bounded ? own.outputTokens : (demands.usualAnswerOf(target) ?? UNKNOWN_OUTPUT_TOKENS);
  return {
    inputTokens: demands.promptTokensOf(target, own),
    outputTokens,
    audio: call.content.audio === true,
    bounded,
  };
}

/** Billionths of a US dollar to reserve for a request at a target; null where its price is unknown. */
export function priceAt(tools: PriceTools, target: Target, request: AdmissionRequest): number | null {
  return tools.prices.reservationNano(target, tokensAt(tools, target, request), request.now);
}
