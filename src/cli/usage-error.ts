/** An error that the user of the command line can fix. Only its message is printed, without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
