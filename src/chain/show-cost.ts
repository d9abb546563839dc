import type { Answer } from '../attempt/answer.ts';
import { rawBody, rawBodyOf } from '../domain/event-stream.ts';
import type { RequestScope } from '../domain/scope.ts';
import { costOfTrail } from '../domain/trail.ts';
import { type Cost, dollarsOf, dollarText } from '../domain/usage.ts';
import { withUsageCost } from '../dialects/usage-cost.ts';
import { fieldsOf, isRecord } from '../lib/record.ts';

/** Whether a request wants its cost in the usage of its answer. */
export function wantsCost({ options }: RequestScope): boolean {
  return options.include?.includes('cost') === true;
}

/** A cost as JSON: US dollars, or null where it is unknown. */
export function costJson({ nano }: Cost): string {
  return nano === null ? 'null' : dollarText(nano);
}

/** An answer in JSON with the cost of the request so far in its `usage`; the same answer where it has none, or the client does not want it. */
export function withCost<Shown extends Answer>(answer: Shown, scope: RequestScope): Shown {
  if (answer.kind !== 'json' || !wantsCost(scope)) return answer;
  const { usage } = fieldsOf(answer.value);
  if (!isRecord(usage)) return answer;
  const cost = costOfTrail(scope.report.trail);
  const value = { ...answer.value, usage: { ...usage, cost: cost.nano === null ? null : dollarsOf(cost.nano) } };
  const bytes = rawBodyOf(answer.value);
  if (bytes === undefined) return { ...answer, value };
  const shown = withUsageCost(bytes, costJson(cost));
  Object.defineProperty(value, rawBody, { value: shown });
  return { ...answer, value, bytes: shown.length };
}
