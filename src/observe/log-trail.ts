import type { RequestFinished } from '../domain/events.ts';
import type { TrailStep } from '../domain/trail.ts';
import { printable } from '../lib/printable.ts';

/** Most steps of a trail in one line; the others are counted. */
const MAX_STEPS = 20;
/** Most characters of a provider's or a model's name. Of a provider that allows all its models, clients choose the model's. */
const MAX_NAME_CHARS = 100;
/** Most characters of a provider's message in a request's line; the lines of attempts have all of it. */
const MAX_MESSAGE_CHARS = 300;

/**
 * The trail of a request in one text, `groq/llama throttled 429 12ms > local/qwen3 answered`: the attempts that failed, and the one that answered.
 * Where none has answered, also the skipped entries. Undefined where nothing failed. At most 20 steps, of which the last is the one that answered.
 * `withMessages` adds the providers' messages.
 */
export function trailText({ trail, provider }: RequestFinished, withMessages: () => boolean): string | undefined {
  // Most requests have one attempt, which has answered.
  if (trail.every(({ outcome }) => outcome === 'answered')) return undefined;
  const steps = trail.filter(({ outcome }) => outcome !== 'skipped' || provider === undefined);
  if (steps.every(({ outcome }) => outcome === 'answered')) return undefined;
  const shows = withMessages();
  const last = steps.slice(-1).filter(({ outcome }) => outcome === 'answered');
  const others = steps.slice(0, steps.length - last.length);
  const shown = others.slice(0, MAX_STEPS - last.length - (steps.length > MAX_STEPS ? 1 : 0));
  const omitted = others.length - shown.length;
  const texts = shown.map((step) => stepText(step, shows));
  if (omitted > 0) texts.push(`${omitted} more`);
  return [...texts, ...last.map((step) => stepText(step, shows))].join(' > ');
}

function stepText(step: TrailStep, withMessages: boolean): string {
  const { provider, model, key, hedge, outcome, reason, status, durationMs, message } = step;
  const entry = `${nameText(provider)}/${nameText(model)}${key === undefined ? '' : ` key ${key}`}`;
  const took = outcome === 'answered' || durationMs === undefined ? '' : `${Math.round(durationMs)}ms`;
  const words = withMessages && message !== undefined ? JSON.stringify(message.slice(0, MAX_MESSAGE_CHARS)) : '';
  return [entry, hedge ? 'hedge' : '', outcome, reason ?? '', status ?? '', took, words]
    .filter((part) => part !== '')
    .join(' ');
}

function nameText(name: string): string {
  return printable(name.slice(0, MAX_NAME_CHARS));
}
