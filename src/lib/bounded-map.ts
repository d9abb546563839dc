/** Puts a member into a map as its newest, and takes the oldest out where there are more than `most` then. */
export function putBounded<Key, Value>(map: Map<Key, Value>, member: readonly [Key, Value], most: number): void {
  putNewest(map, member, most);
  if (map.size <= most) return;
  const oldest = map.keys().next();
  if (oldest.done !== true) map.delete(oldest.value);
}

/** Puts a member into a map as its newest, of which `most` are to be kept. Who is older than whom does not matter before the map is half full. */
export function putNewest<Key, Value>(map: Map<Key, Value>, [key, value]: readonly [Key, Value], most: number): void {
  // To take out and put in again costs a small map a new table each time.
  if (map.size * 2 > most) map.delete(key);
  map.set(key, value);
}
