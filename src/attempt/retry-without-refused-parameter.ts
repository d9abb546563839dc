import type { Call } from '../domain/call.ts';
import { HISTORY_REASONING } from '../dialects/neutral/api.ts';
import type { Failure } from '../domain/outcome.ts';
import { type Profiles, sentAs } from '../targets/profiles.ts';
import type { AttemptResult, FailedResult } from './answer.ts';
import { attempt } from './attempt.ts';
import type { AttemptListener, AttemptOptions, AttemptTools } from './attempt-context.ts';
import { isEchoed } from './is-echoed.ts';
import { withParameters } from './with-parameters.ts';

/** Notified of the attempts at a target. */
export interface TargetListener extends AttemptListener {
  /** The target is about to get a second request. */
  retrying?(): void;
}

/** How a target is attempted. */
export interface TargetOptions extends AttemptOptions {
  readonly listener: TargetListener;
}

/** Names of parameters with fewer characters are not searched in texts. */
const SHORTEST_WORD = 8;

/**
 * Attempts a target with its operator's parameters, and remembers in its profile what it refuses. A 400 or 422 that refuses a parameter which
 * the *gateway* added is not the client's mistake: the target gets one more request without it, in the remaining time. The operator's defaults
 * are such additions; a value that the operator sets stays, and the target is unsuited. A refusal of a parameter, a capability or a context
 * window makes the target unsuited for this request, since other entries may take it; so does a refused value, which is not remembered.
 */
export async function retryWithoutRefusedParameter(
  tools: AttemptTools,
  profiles: Profiles,
  options: TargetOptions,
): Promise<AttemptResult> {
  const { target } = options;
  const startedAt = tools.clock.now();
  let without = leftOut(profiles, options, startedAt);
  for (let commitWithin = options.commitWithin; ;) {
    const { call, defaults, given } = withParameters(options.call, target, without);
    const sent = { ...options, call, commitWithin };
    const result = await attempt(tools, sent, without);
    const now = tools.clock.now();
    const parameter = result.kind === 'failed' ? refusedAdditionOf(result, defaults, options.call) : undefined;
    const part = parameter ?? refusedReasoningOf(result, { tools, options: sent, without });
    if (part === undefined || options.signal.aborted) return recorded(result, { profiles, options: sent, given, now });
    if (parameter !== undefined) profiles.learn(target, { kind: 'addition', parameter }, now);
    else if (options.call.conversation !== undefined)
      profiles.refusedHistories.add(target, options.call.conversation, now);
    options.listener.retrying?.();
    // Beside what is remembered, so that each attempt has an addition less than the one before.
    without = new Set([...profiles.refusedAdditions(target, now), ...without, part]);
    commitWithin = Math.max(0, options.commitWithin - (now - startedAt));
  }
}

/** What is left out of the first request: what the target has refused before, of any client and of this conversation. */
function leftOut(profiles: Profiles, { call, target }: TargetOptions, now: number): ReadonlySet<string> {
  const { conversation } = call;
  const additions = profiles.refusedAdditions(target, now);
  if (conversation === undefined || !profiles.refusedHistories.has(target, conversation, now)) return additions;
  return new Set([...additions, HISTORY_REASONING]);
}

/** What was sent, and without what. */
interface Sent {
  readonly tools: AttemptTools;
  readonly options: AttemptOptions;
  readonly without: ReadonlySet<string>;
}

/** The reasoning of earlier turns, where the target refuses it and it was sent: only its maker can read it, and the request may do without. */
function refusedReasoningOf(result: AttemptResult, { tools, options, without }: Sent): string | undefined {
  const isRefused = result.kind === 'failed' && result.failure.reading?.refusedReasoning === true;
  if (!isRefused || without.has(HISTORY_REASONING)) return undefined;
  const { call, target, headers } = options;
  const codec = tools.codecOf(call.operation, target.dialect);
  const bodyOf = (left: ReadonlySet<string>): string => {
    const encoded = codec.encode(call, target, { without: left, headers });
    return 'unsuited' in encoded ? '' : [encoded.request.body ?? []].flat().join('');
  };
  // A request that had none would be refused again.
  return bodyOf(without) === bodyOf(new Set([...without, HISTORY_REASONING])) ? undefined : HISTORY_REASONING;
}

/** The refused parameter among those that the gateway added, its operator's defaults included. */
function refusedAdditionOf(
  { failure, added }: FailedResult,
  defaults: readonly string[],
  { body }: Call,
): string | undefined {
  if (!isRefusal(failure)) return undefined;
  const refused = refusedFieldsOf(failure);
  // However it is worded: a text that names what the gateway added is about it, unless the name is the client's own word.
  const text = failure.reading?.error.message ?? '';
  const isNamed = (parameter: string): boolean =>
    hasWord(text, parameter) && !isEchoed([parameter], body, { without: parameter });
  return [...added, ...defaults].find((parameter) => refused.includes(parameter) || isNamed(parameter));
}

/** Whether a name stands in a text by itself. Short names are words of prose too. */
function hasWord(text: string, name: string): boolean {
  return name.length >= SHORTEST_WORD && text.split(/\W+/).includes(name);
}

/** The top-level fields that a refusal names. */
function refusedFieldsOf({ reading }: Failure): readonly string[] {
  const { refusedParameter, refusedValues = [], namedFields = [], error } = reading ?? {};
  // A field that is certainly wrong may be named in the text only.
  const inText = reading?.class === 'invalid_request' ? namedFields : [];
  return [refusedParameter ?? error?.param ?? '', ...refusedValues, ...inText].map(topOf);
}

interface Recording {
  readonly profiles: Profiles;
  /** The call in it is the one that was sent. */
  readonly options: TargetOptions;
  /** The fields whose value is the operator's. */
  readonly given: ReadonlySet<string>;
  readonly now: number;
}

/** Records in the target's profile what a failure says that it cannot take, and returns the result with the outcome that follows. */
function recorded(result: AttemptResult, { profiles, options, given, now }: Recording): AttemptResult {
  if (result.kind !== 'failed') return result;
  const { failure } = result;
  const { reading: refusal } = failure;
  if (refusal === undefined) return result;
  const tokens = refusal.learned?.contextTokens;
  if (tokens !== undefined) profiles.learn(options.target, { kind: 'context', tokens, refusal }, now);
  if (!isRefusal(failure)) return result;
  const unsuited: AttemptResult = { ...result, failure: { ...failure, kind: 'unsuited' } };
  // Nothing is remembered: each refusal is logged for the operator, and no client gets an error that calls the mistake its own.
  if (refusedFieldsOf(failure).some((field) => given.has(field)))
    return { ...result, failure: { ...failure, kind: 'unsuited', byConfiguration: true } };
  if (refusal.class === 'invalid_request') return result;
  if (refusal.refusedReasoning === true) return unsuited;
  const sent = parametersSent(options);
  const { refusedParameter: parameter, missingCapability: capability, refusedValues = [] } = refusal;
  if (parameter !== undefined && othersMayTake(parameter, sent, options)) {
    // Nothing is remembered of a value or of a member within one: another request may have one that the target takes.
    if (sent.has(parameter) && refusal.error.code !== 'unsupported_value')
      profiles.learn(options.target, { kind: 'parameter', parameter, refusal }, now);
    return unsuited;
  }
  const { call } = options;
  if (capability !== undefined && call.operation.needsOf(call.body, call.content)[capability]) {
    profiles.learn(options.target, { kind: 'capability', capability, refusal }, now);
    return unsuited;
  }
  return refusedValues.some((each) => sent.has(topOf(each))) ? unsuited : result;
}

/** The client's parameters by the names under which the target got them, without `model` and the content. */
function parametersSent({ call, target }: TargetOptions): ReadonlySet<string> {
  const { contentFields } = call.operation;
  const names = call.body.names
    .filter((field) => field !== 'model' && !contentFields.has(field) && call.body.has(field))
    .map((field) => sentAs(target, field))
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
  const { class: kind, status = 0 } = reading ?? {};
  return (kind === 'bad_request' || kind === 'invalid_request') && STATUSES.has(status);
}

/** Statuses of refusals that name a part of the request: those for a wrong request, and 500, under which some servers report one. */
const STATUSES: ReadonlySet<number> = new Set([400, 404, 422, 500]);
