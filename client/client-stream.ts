/** A stream for one `for await`. Ending the iteration early or disposing it ends the request. */
export interface ClientStream<Item> extends AsyncIterableIterator<Item, undefined, undefined>, AsyncDisposable {}

/** Aborts a controller with a signal, if there is one. The result ends that; idempotent. */
export function follow(signal: AbortSignal | undefined, controller: AbortController): () => void {
  const abort = (): void => controller.abort(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  return () => signal?.removeEventListener('abort', abort);
}

/** A generator as a stream that can be ended at any time: the controller is aborted first, and must end whatever the generator awaits. */
export function clientStream<Item>(
  items: AsyncGenerator<Item, undefined>,
  controller: AbortController,
): ClientStream<Item> {
  const cancel = (): Promise<IteratorResult<Item, undefined>> => {
    // A pending `next` would delay the generator's own return, and with it the abort.
    controller.abort();
    return items.return(undefined);
  };
  const stream: ClientStream<Item> = {
    next: () => items.next(),
    return: cancel,
    [Symbol.asyncIterator]: () => stream,
    async [Symbol.asyncDispose]() {
      await cancel();
    },
  };
  return stream;
}
