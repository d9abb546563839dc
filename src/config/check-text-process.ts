// Entry point of the process of `checkInProcess`: checks the one text that it is sent and sends the result.
import { checkAgainst, type ComparedText } from './check-against.ts';

process.once('message', (input: ComparedText) => {
  process.send?.(checkAgainst(input), () => process.disconnect());
});
