import { secondsNow } from '../../../../lib/clock.ts';
import { createRandomHex } from '../../../../lib/ids.ts';
import type { BlockEvent } from '../../../neutral/block-event.ts';

/** What every chunk of an answer, or the answer itself, begins with. */
export interface AnswerHead {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly model: string;
  readonly serviceTier: string | undefined;
}

const newDigits = createRandomHex(24);

/** The head of an answer. `prefix`: that of the API's ids, which a provider of another API does not have. `model`: for answers that name none. */
export function answerHead(
  { id, created, model, serviceTier }: Extract<BlockEvent, { readonly t: 'start' }>,
  own: { readonly prefix: string; readonly model: string },
): AnswerHead {
  return {
    id: id?.startsWith(own.prefix) === true ? id : own.prefix + newDigits(),
    created: created ?? secondsNow(),
    model: model ?? own.model,
    serviceTier,
  };
}
