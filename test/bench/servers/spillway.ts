// The gateway under measure: the command as it is, in a process that also tells what it uses. Takes the command's arguments.
import { main } from '../../../src/cli/main.ts';
import { answerForUsage } from './usage.ts';

answerForUsage();
await main(process.argv.slice(2));
