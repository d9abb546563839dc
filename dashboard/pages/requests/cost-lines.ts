import type { RequestRecord } from 'spillway/client';
import { toNano } from '../../parts/money.ts';
import { outcomeWords } from '../../parts/outcomes.ts';
import { nanoOf, type TokenPrice } from './failover-cost.ts';
import type { PictureStep } from './waterfall/picture.ts';

/** A line of the cost table. Null is unknown, or nothing that has a price. */
export interface CostLine {
  readonly id: string;
  /** The attempt, on the first of its lines. */
  readonly step: PictureStep | null;
  /** `input`, `output`, `input and output`, or what became of an attempt that used nothing. */
  readonly kind: string;
  readonly tokens: number | null;
  /** Dollars per million tokens. */
  readonly perMillion: number | null;
  readonly costUsd: number | null;
}

/** The most attempts without a usage that have a line each. */
const MOST_UNUSED = 3;

/** What every attempt has cost, in parts where today's prices add up to what was counted. Many attempts that have used nothing share a line. */
export function costLines(steps: readonly PictureStep[], prices: ReadonlyMap<string, TokenPrice>): readonly CostLine[] {
  const attempts = steps.filter(({ fate }) => fate !== 'skipped');
  const unused = attempts.filter(isUnused);
  if (unused.length <= MOST_UNUSED) return attempts.flatMap((step, at) => linesOf(step, String(at), prices));
  const shared = { step: null, tokens: 0, perMillion: null, costUsd: 0 };
  return [
    { id: 'unused', kind: `${unused.length} attempts that used nothing`, ...shared },
    ...attempts.filter((step) => !isUnused(step)).flatMap((step, at) => linesOf(step, String(at), prices)),
  ];
}

function isUnused({ inputTokens, outputTokens, costUsd }: PictureStep): boolean {
  return inputTokens === null && outputTokens === null && costUsd === 0;
}

function linesOf(step: PictureStep, id: string, prices: ReadonlyMap<string, TokenPrice>): readonly CostLine[] {
  const { inputTokens: input, outputTokens: output, costUsd } = step;
  if (input === null && output === null) {
    const kind = step.outcome === null ? 'in progress' : outcomeWords(step.outcome);
    // What has cost nothing has used nothing.
    return [{ id, step, kind, tokens: costUsd === 0 ? 0 : null, perMillion: null, costUsd }];
  }
  const price = prices.get(`${step.provider}/${step.model}`);
  const parts = price === undefined ? null : partsOf(step, price);
  if (parts === null || price === undefined) {
    const kind = input === null ? 'output' : output === null ? 'input' : 'input and output';
    return [{ id, step, kind, tokens: (input ?? 0) + (output ?? 0), perMillion: null, costUsd }];
  }
  return [
    { id, step, kind: 'input', tokens: input, perMillion: price.input, costUsd: parts.input },
    { id: `${id}-output`, step: null, kind: 'output', tokens: output, perMillion: price.output, costUsd: parts.output },
  ];
}

/** The cost of input and output, where both together are what was counted. */
function partsOf(
  { inputTokens, outputTokens, costUsd }: PictureStep,
  price: TokenPrice,
): { input: number; output: number } | null {
  if (costUsd === null) return null;
  const input = nanoOf(inputTokens ?? 0, price.input);
  const output = nanoOf(outputTokens ?? 0, price.output);
  return input + output === toNano(costUsd) ? { input: input / 1e9, output: output / 1e9 } : null;
}

/** Whether the lines add up to the total of the row. They do not where steps were left out, or a cost is unknown. */
export function addsUp(lines: readonly CostLine[], { cost_usd: total }: Pick<RequestRecord, 'cost_usd'>): boolean {
  if (total === null) return false;
  let nano = 0;
  for (const { costUsd } of lines) nano += toNano(costUsd ?? 0);
  return nano === toNano(total);
}

/** Where the total is from, after `Total, `. */
export function sourceWords({
  usage,
  cost_source: source,
  cost_approximate: approximate,
}: Pick<RequestRecord, 'usage' | 'cost_source' | 'cost_approximate'>): string {
  const counted =
    usage === null ? 'nothing counted' : usage.source === 'estimated' ? 'tokens estimated' : 'as the provider counted';
  const priced = source === 'provider' ? ', cost as the provider reported it' : '';
  return `${counted}${priced}${approximate ? ', approximate' : ''}`;
}
