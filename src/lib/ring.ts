/** A first-in, first-out list with a bound. */
export interface Ring<Item> {
  readonly size: number;
  /** Adds an item. Where the ring is full, the oldest item is dropped for it, and the result is true. */
  push(item: Item): boolean;
  /** Removes and returns the oldest item; undefined where there is none. */
  shift(): Item | undefined;
  /** Removes all items. */
  clear(): void;
}

/** Makes an empty ring for at most `most` items. It grows as it is filled. */
export function createRing<Item>(most: number): Ring<Item> {
  let items: (Item | undefined)[] = [];
  let first = 0;
  let size = 0;

  function shift(): Item | undefined {
    if (size === 0) return undefined;
    const item = items[first];
    // What was read must not be kept from the garbage collector.
    items[first] = undefined;
    first = (first + 1) % most;
    size--;
    return item;
  }

  return {
    get size() {
      return size;
    },
    push(item) {
      const full = size === most;
      if (full) shift();
      items[(first + size) % most] = item;
      size++;
      return full;
    },
    shift,
    clear() {
      items = [];
      first = 0;
      size = 0;
    },
  };
}
