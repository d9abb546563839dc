/** Something the user can mend; its message is all he sees. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
