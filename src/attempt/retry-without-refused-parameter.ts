import type { Failure } from '../domain/outcome.ts';
import { fieldsOf } from '../lib/record.ts';
import { type Profiles, sentAs } from '../targets/profiles.ts';
import type { AttemptResult } from './answer.ts';
import { attempt } from './attempt.ts';
import type { AttemptListener, AttemptOptions, AttemptTools } from './attempt-context.ts';

/** Notified of the attempts at a target. */
export interface TargetListener extends AttemptListener {
  /** The target is about to get a second request. */
  retrying?(): void;
}

/** How a target is attempted. */
export interface TargetOptions extends AttemptOptions {
  readonly listener: TargetListener;
}

type Failed = Extract<AttemptResult, { kind: 'failed' }>;

/**
 * Attempts a target, and remembers in its profile what it refuses. A 400 or 422 that refuses a parameter which the *gateway* added is not
 * the client's mistake: the target gets one more request without it, in the remaining time. A refusal of a parameter, a capability or a
 * context window makes the target unsuited for this request, since other entries may take it; so does a refused value, which is not
 * remembered.
 */
export async function retryWithoutRefusedParameter(
  tools: AttemptTools,
  profiles: Profiles,
  options: TargetOptions,
): Promise<AttemptResult> {
  const { target } = options;
  const startedAt = tools.clock.now();
  const first = await attempt(tools, options, profiles.refusedAdditions(target, startedAt));
  const now = tools.clock.now();
  const parameter = first.kind === 'failed' ? refusedAdditionOf(first) : undefined;
  if (parameter === undefined || options.signal.aborted) return recorded(first, { profiles, options, now });
  profiles.learn(target, { kind: 'addition', parameter }, now);
  options.listener.retrying?.();
  const commitWithin = Math.max(0, options.commitWithin - (now - startedAt));
  const second = await attempt(tools, { ...options, commitWithin }, profiles.refusedAdditions(target, now));
  return recorded(second, { profiles, options, now: tools.clock.now() });
}

function refusedAdditionOf({ failure, added }: Failed): string | undefined {
  if (!isRefusal(failure)) return undefined;
  const top = topOf(failure.reading?.refusedParameter ?? failure.reading?.error.param ?? '');
  return added.find((parameter) => parameter === top);
}

interface Recording {
  readonly profiles: Profiles;
  readonly options: TargetOptions;
  readonly now: number;
}

/** Records in the target's profile what a failure says that it cannot take, and returns the result with the outcome that follows. */
function recorded(result: AttemptResult, { profiles, options, now }: Recording): AttemptResult {
  if (result.kind !== 'failed') return result;
  const { failure } = result;
  const { reading: refusal } = failure;
  if (refusal === undefined) return result;
  const tokens = refusal.learned?.contextTokens;
  if (tokens !== undefined) profiles.learn(options.target, { kind: 'context', tokens, refusal }, now);
  if (!isRefusal(failure)) return result;
  const unsuited: AttemptResult = { ...result, failure: { ...failure, kind: 'unsuited' } };
  const sent = parametersSent(options);
  const { refusedParameter: parameter, missingCapability: capability, refusedValues = [] } = refusal;
  if (parameter !== undefined && othersMayTake(parameter, sent, options)) {
    // Nothing is remembered of a value or of a member within one: another request may have one that the target takes.
    if (sent.has(parameter) && refusal.error.code !== 'unsupported_value')
      profiles.learn(options.target, { kind: 'parameter', parameter, refusal }, now);
    return unsuited;
  }
  const { call } = options;
  if (capability !== undefined && call.operation.needsOf(call.input)[capability]) {
    profiles.learn(options.target, { kind: 'capability', capability, refusal }, now);
    return unsuited;
  }
  return refusedValues.some((each) => sent.has(topOf(each))) ? unsuited : result;
}

/** The client's parameters by the names under which the target got them, without `model` and the content. */
function parametersSent({ call, target }: TargetOptions): ReadonlySet<string> {
  const { contentFields } = call.operation;
  const names = Object.entries(fieldsOf(call.input))
    .filter(([field, value]) => value !== null && value !== undefined && field !== 'model' && !contentFields.has(field))
    .map(([field]) => sentAs(target, field))
    .filter((name) => name !== undefined);
  return new Set(call.stream ? [...names, 'stream'] : names);
}

/**
 * Whether the refused part is a parameter of the client's or within one, so that an entry which knows it may answer. A mistake in the content
 * is the client's own, except for members that the preset removes from messages and tool calls: one was in a place where the preset does
 * not look.
 */
function othersMayTake(refused: string, sent: ReadonlySet<string>, { target }: TargetOptions): boolean {
  const { messageRejects, callRejects } = target.quirks;
  const member = refused.slice(refused.lastIndexOf('.') + 1);
  return sent.has(topOf(refused)) || messageRejects.includes(member) || callRejects.includes(member);
}

/** The top-level parameter of a path. */
function topOf(path: string): string {
  return path.split(/[.[]/, 1)[0] ?? '';
}

function isRefusal({ reading }: Failure): boolean {
  return reading?.class === 'bad_request' && STATUSES.has(reading.status);
}

/** Statuses of refusals that name a part of the request: those for a wrong request, and 500, under which some servers report one. */
const STATUSES: ReadonlySet<number> = new Set([400, 422, 500]);
