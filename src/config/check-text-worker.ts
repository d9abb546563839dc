// Entry point of the worker of `checkInWorker`: checks one text and posts its problems.
import { parentPort, workerData } from 'node:worker_threads';
import { checkConfigText, type ConfigText } from './check-text.ts';

const input: ConfigText = workerData;

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's port has no origin
parentPort?.postMessage(checkConfigText(input));
