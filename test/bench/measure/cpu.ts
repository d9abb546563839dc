import type { Server } from './processes.ts';

/** Microseconds of CPU that a server takes for each of so many things that `run` has it do. */
export async function cpuOfEach(server: Server, many: number, run: () => Promise<void>): Promise<number> {
  const before = await server.ask('usage');
  await run();
  const after = await server.ask('usage');
  return (after.cpu - before.cpu) / many;
}
