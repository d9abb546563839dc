/** Puts an entry into a map as its newest, and removes the oldest when the map then holds more than `max`. */
export function putBounded<Key, Value>(map: Map<Key, Value>, entry: readonly [Key, Value], max: number): void {
  putNewest(map, entry, max);
  if (map.size <= max) return;
  const oldest = map.keys().next();
  if (oldest.done !== true) map.delete(oldest.value);
}

/** Puts an entry into a map of at most `max` as its newest. The order of the entries is kept only once the map is half full. */
export function putNewest<Key, Value>(map: Map<Key, Value>, [key, value]: readonly [Key, Value], max: number): void {
  // Deleting and setting a key again costs a small map a new table each time.
  if (map.size * 2 > max) map.delete(key);
  map.set(key, value);
}
