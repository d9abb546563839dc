import type { Answer } from '../attempt/answer.ts';
import { boundTrail } from '../domain/bound-trail.ts';
import { type Call, withAnswerCheck } from '../domain/call.ts';
import { GatewayError } from '../domain/errors.ts';
import type { RequestBody } from '../domain/request-body.ts';
import type { RequestScope } from '../domain/scope.ts';
import { visibleTo } from '../domain/visible-error.ts';
import { costOfTrail, usageWithInvalid } from '../domain/trail.ts';
import type { Usage } from '../domain/usage.ts';
import { memberOf } from '../lib/record.ts';
import type { Admission, Reservation } from '../limits/admission.ts';
import { openEarly } from './open-early.ts';
import { reportStarted } from './progress.ts';
import { settle, untilReserved } from './reservation.ts';
import { refuseDisguises } from './refuse-disguises.ts';
import { modelOf, routeOf } from './route.ts';
import { withStages } from './run-stages.ts';
import { withCost } from './show-cost.ts';
import type { Stage } from './stage.ts';
import type { WaterfallTools } from './tools.ts';
import { createWaterfall, type RoutedCall, type RunWaterfall } from './run-waterfall.ts';

/**
 * Answers a call by its chain, within `own` stages of this call, which are inside the gateway's. Throws a GatewayError, or rejects with one, where no
 * answer can be had.
 */
export type RunChain = (call: Call, scope: RequestScope, own?: readonly Stage[]) => Promise<Answer>;

/** What a runner is made of. */
export interface RunnerOptions {
  readonly tools: WaterfallTools;
  readonly admission: Admission;
  readonly stages: readonly Stage[];
}

/** Makes the runner: resolves the chain, admits the principal once, runs the stages and the waterfall, and finishes the request once. */
export function createRunner({ tools, admission, stages }: RunnerOptions): RunChain {
  const waterfall = createWaterfall(tools);
  const within = (all: readonly Stage[]): RunWaterfall => (all.length === 0 ? waterfall : withStages(waterfall, all));
  const shared = within(stages);
  return (requested, scope, own = []) => {
    const run = own.length === 0 ? shared : within([...stages, ...own]);
    report(requested, scope);
    requested.operation.checkContent(requested.body);
    const check = requested.operation.answerCheckOf(requested.body);
    const { chain, call } = routeOf(scope, check === undefined ? requested : withAnswerCheck(requested, check));
    scope.report.chain = chain.name;
    reportStarted(tools, scope, chain);
    refuseOperation(call, scope);
    refuseDisguises(call, chain);
    const needs = call.operation.needsOf(call.body, call.content);
    const reserved = admission.reserve({ principal: scope.principal, call, chain, needs, now: tools.clock.now() });
    const answer = (below: RequestScope): Promise<Answer> =>
      answerOnce(run, { call, chain, scope: below, needs }, reserved);
    if (!call.stream || chain.openAfter === undefined) return answer(scope);
    return openEarly(answer, { clock: tools.clock, after: chain.openAfter, scope });
  };
}

/** Runs the chain, settles the reservation in every ending, and finishes the request unless it fails: its door then does. */
async function answerOnce(
  run: RunWaterfall,
  requested: Omit<RoutedCall, 'admitted'>,
  reserved: Reservation | Promise<Reservation>,
): Promise<Answer> {
  const { scope } = requested;
  const reservation = reserved instanceof Promise ? await untilReserved(reserved, scope.signal) : reserved;
  scope.report.headers = reservation.headers;
  const settleWith = (answered: Usage | undefined): void => {
    const trail = boundTrail(scope.report.trail);
    const usage = usageWithInvalid(answered, trail);
    settle(reservation, { usage, trail, cost: costOfTrail(trail) });
  };
  const finish = (code: string, usage: Usage | undefined, bytes: number | undefined): void => {
    scope.report.outputBytes = bytes;
    settleWith(usage);
    scope.finish({ status: 200, code, usage: usageWithInvalid(usage, scope.report.trail) });
  };
  try {
    const answer = await run({ ...requested, admitted: reservation }, ({ end, usage, bytes }) =>
      finish(end.kind === 'complete' ? 'ok' : end.error.code, usage, bytes),
    );
    if (answer.kind !== 'json') return answer;
    const shown = withCost(answer, scope);
    finish('ok', shown.usage, shown.bytes);
    return shown;
  } catch (error) {
    settleWith(undefined);
    const known = GatewayError.from(error);
    throw known.code === 'internal_error' ? error : visibleTo(scope, known);
  }
}

function refuseOperation({ operation }: Call, { principal }: RequestScope): void {
  if (principal.operations === undefined || principal.operations.includes(operation.name)) return;
  throw new GatewayError('forbidden', { message: `This key may not use ${operation.name}.` });
}

/** The end user that a request names: OpenAI's members of now and before, or Anthropic's. */
function endUserOf(body: RequestBody): string | undefined {
  return (
    textOf(body.get('safety_identifier')) ??
    textOf(body.get('user')) ??
    textOf(memberOf(body.get('metadata'), 'user_id'))
  );
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Records what the request says, before anything can refuse it: its terminal event holds these facts in every ending. */
function report(call: Call, { report: facts }: RequestScope): void {
  const { body } = call;
  facts.stream = call.stream;
  facts.requestedModel = modelOf(body);
  facts.inputBytes = body.bytes.length;
  facts.user = endUserOf(body);
}
