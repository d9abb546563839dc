// The measured gateway: the unchanged command, in a process that also reports its usage. Takes the command's arguments.
import { main } from '../../../src/cli/main.ts';
import { reportUsage } from './usage.ts';

reportUsage();
await main(process.argv.slice(2));
