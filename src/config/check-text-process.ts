// Entry point of the process of `checkInProcess`: checks the one text that it is sent and sends its problems.
import { checkConfigText, type ConfigText } from './check-text.ts';

process.once('message', (input: ConfigText) => {
  process.send?.(checkConfigText(input), () => process.disconnect());
});
