import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import type { ConfigInput } from '../../../src/config/schema.ts';
import type { Dialect } from '../../../src/domain/chain.ts';
import { createGateway } from '../../../src/gateway/open.ts';
import type { Gateway } from '../../../src/gateway/gateway.ts';
import { fieldsOf } from '../../../src/lib/record.ts';
import { type Script, type ScriptedUpstream, startScriptedUpstream } from '../../../src/testing/index.ts';
import type { Api } from './fixtures.ts';

export const DIALECTS: Readonly<Record<Api, Dialect>> = {
  chat: 'openai',
  responses: 'openai-responses',
  messages: 'anthropic',
};

export const PATHS: Readonly<Record<Api, string>> = {
  chat: '/v1/chat/completions',
  responses: '/v1/responses',
  messages: '/v1/messages',
};

/** A gateway over one provider of an API. */
export interface ApiRig extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly upstream: ScriptedUpstream;
}

/** What a provider and its model are configured with. */
export interface ServedModel {
  readonly model?: string | undefined;
  readonly facts?: Readonly<Record<string, unknown>> | undefined;
  readonly config?: Partial<ConfigInput> | undefined;
}

/** Starts a gateway over a scripted provider of an API. The chain is `default`. */
export async function serving(
  provider: Api,
  script: Script,
  { model = 'claude-opus-5', facts = {}, config = {} }: ServedModel = {},
): Promise<ApiRig> {
  const upstream = await startScriptedUpstream({ script });
  const baseUrl = provider === 'messages' ? upstream.baseUrl.replace(/\/v1$/, '') : upstream.baseUrl;
  const gateway = await createGateway(
    {
      providers: { p: { dialect: DIALECTS[provider], baseUrl, apiKey: 'k', models: { [model]: facts } } },
      chains: { default: { entries: [`p/${model}`] } },
      defaults: { chain: 'default', unknownModel: 'default' },
      ...config,
    },
    { environment: {} },
  );
  return {
    gateway,
    upstream,
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

/** OpenAI's and Anthropic's clients of a gateway. */
export function clientsOf({ fetch }: Gateway) {
  return {
    openai: new OpenAI({ baseURL: 'http://spillway/v1', apiKey: 'x', fetch, maxRetries: 0 }),
    anthropic: new Anthropic({ baseURL: 'http://spillway', apiKey: 'x', fetch, maxRetries: 0 }),
  };
}

/** The whole answer to a request for a stream, as the vendor's own client puts it together. Rejects as that does. */
export async function askStream(api: Api, gateway: Gateway, body: object): Promise<object> {
  const { openai, anthropic } = clientsOf(gateway);
  const { stream: _, ...input } = fieldsOf(body);
  switch (api) {
    case 'chat': {
      // The helper keeps only the last piece of members that it does not know, so reasoning is put together here.
      let reasoning = '';
      const stream = openai.chat.completions.stream({ ...input, stream_options: { include_usage: true } } as never);
      stream.on('chunk', (chunk) => {
        const piece = fieldsOf(fieldsOf(chunk.choices[0])['delta'])['reasoning_content'];
        if (typeof piece === 'string') reasoning += piece;
      });
      const completion = await stream.finalChatCompletion();
      const [choice] = completion.choices;
      return { ...completion, choices: [{ ...choice, message: { ...choice?.message, reasoning_content: reasoning } }] };
    }
    case 'responses':
      return await openai.responses.stream(input as never).finalResponse();
    case 'messages':
      return await anthropic.messages.stream(input as never).finalMessage();
  }
}

/** The response to a request, whatever it is. */
export function ask(api: Api, gateway: Gateway, body: object, headers: Readonly<Record<string, string>> = {}) {
  return gateway.fetch(`http://spillway${PATHS[api]}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}
