import { fieldsOf, type Reply } from '../../src/testing/index.ts';
import { BREAKS, TEXT, WHOLES } from '../doors/cases.ts';
import { type Rig, startRig } from '../helpers/gateway.ts';

/** A stream as a client meets it: its text, and whether reading it must raise. */
export interface ClientCase {
  readonly name: string;
  /** What to put into `model`. */
  readonly model: string;
  readonly reply: Reply;
  readonly text: string;
  readonly raises: boolean;
}

/** Every stream of the table that begins: those that end whole, and those that do not. */
export const CLIENT_CASES: readonly ClientCase[] = [
  ...Object.entries(WHOLES).map(([name, reply]) => ({ name, reply, text: TEXT, raises: false })),
  ...Object.entries(BREAKS).map(([name, { first }]) => ({
    name: `then ${name}`,
    reply: first,
    text: 'Hi',
    raises: true,
  })),
].map((each, index) => ({ ...each, model: `a/${index}` }));

/** A gateway that answers each case under its own model. */
export function startCases(): Promise<Rig> {
  return startRig([(request) => CLIENT_CASES[Number(fieldsOf(request)['model'])]?.reply ?? { status: 404 }], {
    provider: { models: { '*': {} } },
  });
}
