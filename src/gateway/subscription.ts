import type { EventStream } from '../domain/event-stream.ts';
import type { RequestScope } from '../domain/scope.ts';
import { fromIterable } from '../sse/from-iterable.ts';
import { onEnd } from '../sse/on-end.ts';

/** Gives the items of a subscription that no chain answers their raw face, and ends its request with them. */
export function subscription<Item>(scope: RequestScope, items: AsyncIterable<Item>): EventStream<Item> {
  const stream = fromIterable(items, (error) => scope.fail(error));
  return onEnd(stream, (end) => scope.finish({ status: 200, code: end.kind === 'complete' ? 'ok' : end.error.code }));
}
