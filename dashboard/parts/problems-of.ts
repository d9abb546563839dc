import { SpillwayError } from 'spillway/client';

/** What the gateway says of one member of an input, by the member's name: `budgets.0.amount_usd`. Empty for any other error. */
export function problemsOf(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof SpillwayError) || error.param === null) return {};
  const { param, message } = error;
  const words = message.startsWith(`${param}: `) ? message.slice(param.length + 2) : message;
  return { [param.replaceAll(/\[(\d+)\]/g, '.$1')]: words };
}
