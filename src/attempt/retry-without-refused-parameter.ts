import { capabilitiesOf } from '../domain/capabilities.ts';
import type { Failure } from '../domain/outcome.ts';
import { fieldsOf } from '../lib/record.ts';
import { type Profiles, sentAs } from '../targets/profiles.ts';
import type { AttemptResult } from './answer.ts';
import { attempt } from './attempt.ts';
import type { AttemptOptions, AttemptTools, AttemptWatcher } from './attempt-context.ts';

/** Told of the attempts at an entry. */
export interface EntryWatcher extends AttemptWatcher {
  /** The entry is about to be asked once more, which is another request to it. */
  again?(): void;
}

/** How an entry is tried. */
export interface TryOptions extends AttemptOptions {
  readonly watcher: EntryWatcher;
}

type Failed = Extract<AttemptResult, { kind: 'failed' }>;

/**
 * Tries one entry. A 400 or 422 that takes offence at a parameter of *ours* is not the caller's mistake: it is remembered and the entry
 * asked once more without it. One that takes offence at a parameter of the caller's makes the entry unsuited, since others may know the
 * parameter, and is remembered too; so is what the model cannot do and the request needs, and the size of a context window that a refusal
 * tells. One that finds fault with a value which another model may take makes the entry unsuited for this request alone.
 */
export async function retryWithoutRefusedParameter(
  tools: AttemptTools,
  profiles: Profiles,
  options: TryOptions,
): Promise<AttemptResult> {
  const { target } = options;
  const startedAt = tools.clock.now();
  const first = await attempt(tools, options, profiles.withoutFor(target, startedAt));
  const now = tools.clock.now();
  const parameter = first.kind === 'failed' ? refusedOfOurs(first) : undefined;
  if (parameter === undefined || options.signal.aborted) return learnedFrom(first, { profiles, options, now });
  profiles.learn(target, { kind: 'ours', parameter }, now);
  options.watcher.again?.();
  const commitWithin = Math.max(0, options.commitWithin - (now - startedAt));
  const again = await attempt(tools, { ...options, commitWithin }, profiles.withoutFor(target, now));
  return learnedFrom(again, { profiles, options, now: tools.clock.now() });
}

function refusedOfOurs({ failure, added }: Failed): string | undefined {
  if (!isRefusal(failure)) return undefined;
  const top = topOf(failure.reading?.stripParam ?? failure.reading?.error.param ?? '');
  return added.find((parameter) => parameter === top);
}

interface Learning {
  readonly profiles: Profiles;
  readonly options: TryOptions;
  readonly now: number;
}

/** Learns from a failure what the entry cannot take, and says so in the outcome. */
function learnedFrom(result: AttemptResult, { profiles, options, now }: Learning): AttemptResult {
  if (result.kind !== 'failed') return result;
  const { failure } = result;
  const { reading: refusal } = failure;
  if (refusal === undefined) return result;
  const tokens = refusal.learned?.contextTokens;
  if (tokens !== undefined) profiles.learn(options.target, { kind: 'context', tokens, refusal }, now);
  if (!isRefusal(failure)) return result;
  const unsuited: AttemptResult = { ...result, failure: { ...failure, kind: 'unsuited' } };
  const sent = namesSent(options);
  const { stripParam: parameter, lacks: capability, refusedValues = [] } = refusal;
  if (parameter !== undefined && othersMayTake(parameter, sent, options)) {
    // Of a value, or of a member of it, nothing is remembered: another request may have one that it takes.
    if (sent.has(parameter) && refusal.error.code !== 'unsupported_value')
      profiles.learn(options.target, { kind: 'callers', parameter, refusal }, now);
    return unsuited;
  }
  if (capability !== undefined && capabilitiesOf(options.call)[capability]) {
    profiles.learn(options.target, { kind: 'capability', capability, refusal }, now);
    return unsuited;
  }
  return refusedValues.some((each) => sent.has(topOf(each))) ? unsuited : result;
}

/** The caller's parameters by the names that the target was sent; without those that every request has. */
function namesSent({ call, target }: TryOptions): ReadonlySet<string> {
  const names = Object.entries(fieldsOf(call.input))
    .filter(([field, value]) => value !== null && value !== undefined && field !== 'model' && field !== 'messages')
    .map(([field]) => sentAs(target, field))
    .filter((name) => name !== undefined);
  return new Set(call.stream ? [...names, 'stream'] : names);
}

/**
 * Whether what is refused is a parameter of the caller's or something within one, so that an entry which knows it may answer. What is wrong
 * in a message is his mistake, but for what the preset takes out of messages: it was left where the preset does not look.
 */
function othersMayTake(refused: string, sent: ReadonlySet<string>, { target }: TryOptions): boolean {
  return sent.has(topOf(refused)) || target.quirks.messageRejects.includes(refused.slice(refused.lastIndexOf('.') + 1));
}

/** The parameter that a path to something within it begins with. */
function topOf(path: string): string {
  return path.split(/[.[]/, 1)[0] ?? '';
}

function isRefusal({ kind, status }: Failure): boolean {
  return kind === 'rejected' && (status === 400 || status === 422);
}
