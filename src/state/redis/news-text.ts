import { FAILS_OVER, type FailureKind } from '../../domain/outcome.ts';
import { fieldsOf, memberOf } from '../../lib/record.ts';
import type { News } from '../shared/news.ts';

/** A message on the channel of news: the process that published it, which has no space in its id, and the change. */
export function writeMessage(process: string, news: News): string {
  return `${process} ${JSON.stringify(news)}`;
}

/** The change in a message of another process; undefined for the process's own messages and for what is no message. */
export function readMessage(process: string, message: string): News | undefined {
  const space = message.indexOf(' ');
  if (space < 0 || message.slice(0, space) === process) return undefined;
  return readNews(message.slice(space + 1));
}

/** Reads a change from JSON; undefined for anything else, such as what a later version publishes. */
export function readNews(text: string): News | undefined {
  const value = parsed(text);
  const { kind, key, server, retryAt, wait, reasons } = fieldsOf(value);
  switch (kind) {
    case 'cooldown': {
      const { retryAt: end, lasting, reason } = fieldsOf(memberOf(value, 'cooldown'));
      if (typeof key !== 'string' || typeof end !== 'number' || !isFailureKind(reason)) return undefined;
      return { kind, key, cooldown: { retryAt: end, lasting: lasting === true, reason } };
    }
    case 'breaker_open':
      if (typeof server !== 'string' || typeof retryAt !== 'number' || typeof wait !== 'number') return undefined;
      return { kind, server, retryAt, wait };
    case 'breaker_closed':
      return typeof server === 'string' ? { kind, server } : undefined;
    case 'forgive':
      return Array.isArray(reasons) ? { kind, reasons: reasons.filter(isFailureKind) } : undefined;
    default:
      return undefined;
  }
}

function isFailureKind(value: unknown): value is FailureKind {
  return typeof value === 'string' && value !== 'answered' && Object.hasOwn(FAILS_OVER, value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
