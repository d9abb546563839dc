/** Takes a step that is to run soon, together with the same step of other requests. */
export type Cohort = (step: () => void) => void;

/**
 * Makes a cohort: the steps added in one turn of the event loop run one after the other once the loop has read its sockets. So a processor
 * runs the code of one step many times, instead of the code of a whole request each time, which its caches do not hold: 64 concurrent
 * JSON requests take half the CPU (docs/performance.md). After Larus and Parkes, "Using Cohort Scheduling to Enhance Server Performance"
 * (USENIX 2002). An error that a step throws is an uncaught exception; the other steps still run.
 */
export function createCohort(): Cohort {
  let waiting: (() => void)[] = [];

  function begin(): void {
    const steps = waiting;
    waiting = [];
    run(steps, 0);
  }

  return (step) => {
    if (waiting.push(step) === 1) setImmediate(begin);
  };
}

function run(steps: readonly (() => void)[], from: number): void {
  let at = from;
  try {
    while (at < steps.length) steps[at++]?.();
  } finally {
    if (at < steps.length) setImmediate(run, steps, at);
  }
}
