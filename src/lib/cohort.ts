/** Takes a step that is to run soon, with the same step of others. */
export type Cohort = (step: () => void) => void;

/**
 * Makes a cohort: the steps that come in one turn of the event loop run one after the other when it has read its sockets. So a processor
 * goes through the code of one step many times, and not each time through that of a whole request, which its caches do not hold: 64 JSON
 * requests at once take half the CPU (docs/performance.md). After Larus and Parkes, "Using Cohort Scheduling to Enhance Server ProcedureCall"
 * (USENIX 2002). What a step throws is an uncaught exception, and keeps none of the others from running.
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
