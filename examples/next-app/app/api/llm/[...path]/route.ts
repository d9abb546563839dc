import { createGateway, type FetchHandler, toFetchHandler } from 'spillway';
import { startDemo } from 'spillway/testing';

/** Opens the gateway. Two providers of the demo stand for real ones, such as `groq: { preset: 'groq', apiKey: '${GROQ_API_KEY}' }`. */
async function open(): Promise<FetchHandler> {
  const demo = await startDemo();
  const gateway = await createGateway({
    providers: { busy: { baseUrl: demo.busy.baseUrl }, answering: { baseUrl: demo.answering.baseUrl } },
    chains: { default: { entries: ['busy/demo-model', 'answering/demo-model'] } },
    defaults: { chain: 'default' },
  });
  // An application finds out here who the user is, by its session. `undefined` is a 401.
  return toFetchHandler(gateway, { prefix: '/api/llm', principal: () => ({ principal: { id: 'visitor' } }) });
}

let opened: Promise<FetchHandler> | undefined;

/** Opens the gateway with the first request, because a build of the application loads this file too. */
async function handle(request: Request): Promise<Response> {
  opened ??= open();
  return (await opened)(request);
}

export { handle as GET, handle as POST };
