import { ownCodecOf } from '../dialects/codec-of.ts';
import type { Failure } from '../domain/outcome.ts';
import { parseJsonSteps } from '../lib/json-steps.ts';
import { isRecord } from '../lib/record.ts';
import type { Steps } from '../lib/steps.ts';
import type { AttemptContext } from './attempt-context.ts';

type Checked = Pick<AttemptContext, 'options' | 'answerContext'>;

/** Why an answer is not delivered, by the request's own check; undefined where it passes, or where there is none. In steps. */
export function* checkAnswer({ options }: Checked, answer: object, status: number): Steps<Failure | undefined> {
  const { answerCheck } = options.call;
  const problem = answerCheck && (yield* answerCheck.problemOf(answer));
  return problem === undefined ? undefined : { kind: 'invalid_answer', message: problem, status };
}

/** The same for the data of a complete stream's events: what they make together is checked. */
export function* checkEvents(context: Checked, events: readonly Buffer[], status: number): Steps<Failure | undefined> {
  const steps = ownCodecOf(context.options.call.operation).fromEvents(events, context.answerContext);
  const body = steps && (yield* steps);
  const answer = body && (yield* parseJsonSteps(body));
  if (!isRecord(answer)) return { kind: 'malformed', message: 'The stream makes no whole answer.', status };
  return yield* checkAnswer(context, answer, status);
}
