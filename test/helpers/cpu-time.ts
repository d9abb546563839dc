/**
 * The CPU time that this thread has used, in milliseconds. Tests compare durations of synchronous work by it: other processes on the machine
 * lengthen wall time, but not this.
 */
export function cpuTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
