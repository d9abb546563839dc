/** Resolves after so many turns of the event loop. */
export async function turns(many: number): Promise<void> {
  for (let turn = 0; turn < many; turn++) await new Promise<void>((resolve) => void setImmediate(resolve));
}
