/**
 * Replaces the characters that an engine would not return: SQLite stores text as UTF-8, and Node reads it up to the first NUL. PostgreSQL
 * refuses a NUL. Otherwise a model name from a client could be loaded as another model's.
 */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}
