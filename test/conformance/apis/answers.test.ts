import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import type { Dialect } from '../../../src/domain/chain.ts';
import { createGateway } from '../../../src/gateway/open.ts';
import type { Gateway } from '../../../src/gateway/gateway.ts';
import { fieldsOf } from '../../../src/lib/record.ts';
import { type Reply, startScriptedUpstream } from '../../../src/testing/index.ts';
import { type Api, APIS, type Fixture, fixturesOf, sharedNames } from './fixtures.ts';
import { meaningOf, weakened } from './meaning.ts';

const DIALECTS: Readonly<Record<Api, Dialect>> = {
  chat: 'openai',
  responses: 'openai-responses',
  messages: 'anthropic',
};

/** A gateway over one provider of an API, which gives a fixture's answer. */
async function serving(provider: Api, reply: (stream: boolean) => Reply) {
  const upstream = await startScriptedUpstream({
    script: ({ body }) => reply(fieldsOf(JSON.parse(body.toString('utf8')))['stream'] === true),
  });
  const baseUrl = provider === 'messages' ? upstream.baseUrl.replace(/\/v1$/, '') : upstream.baseUrl;
  const gateway = await createGateway(
    {
      providers: { p: { dialect: DIALECTS[provider], baseUrl, apiKey: 'k' } },
      chains: { default: { entries: ['p/claude-opus-5'] } },
      defaults: { chain: 'default' },
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

const replyOf = (fixture: Fixture): ((stream: boolean) => Reply) => {
  const { reply, stream, response } = fixture;
  return (streams) => (streams ? { ...reply, chunks: [stream] } : { status: reply.status, body: response });
};

/** The whole answer to a request, as the vendor's own client puts a stream together. */
async function askStream(api: Api, gateway: Gateway, body: object): Promise<object> {
  const openai = new OpenAI({ baseURL: 'http://spillway/v1', apiKey: 'x', fetch: gateway.fetch, maxRetries: 0 });
  const { stream: _, ...input } = fieldsOf(body);
  switch (api) {
    case 'chat': {
      const options = { ...input, stream_options: { include_usage: true } };
      // The helper keeps only the last piece of members that it does not know, so reasoning is put together here.
      let reasoning = '';
      const stream = openai.chat.completions.stream(options as never);
      stream.on('chunk', (chunk) => {
        const piece = fieldsOf(fieldsOf(chunk.choices[0])['delta'])['reasoning_content'];
        if (typeof piece === 'string') reasoning += piece;
      });
      const completion = await stream.finalChatCompletion();
      const [choice] = completion.choices;
      return { ...completion, choices: [{ ...choice, message: { ...choice?.message, reasoning_content: reasoning } }] };
    }
    case 'responses': {
      const stream = openai.responses.stream(input as never);
      return await stream.finalResponse();
    }
    case 'messages': {
      const anthropic = new Anthropic({ baseURL: 'http://spillway', apiKey: 'x', fetch: gateway.fetch, maxRetries: 0 });
      return await anthropic.messages.stream(input as never).finalMessage();
    }
  }
}

const PATHS: Readonly<Record<Api, string>> = {
  chat: '/v1/chat/completions',
  responses: '/v1/responses',
  messages: '/v1/messages',
};

async function askJson(api: Api, gateway: Gateway, body: object): Promise<object> {
  const response = await gateway.fetch(`http://spillway${PATHS[api]}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...body, stream: false, stream_options: undefined }),
  });
  const answer: unknown = await response.json();
  expect([response.status, answer]).toMatchObject([200, {}]);
  return fieldsOf(answer);
}

describe.each(APIS.flatMap((client) => APIS.map((provider) => ({ client, provider }))))(
  'a client of $client over a provider of $provider',
  ({ client, provider }) => {
    const requests = fixturesOf(client);
    const answers = fixturesOf(provider);
    const whole = sharedNames(client, provider).filter((name) => answers.get(name)?.neutral !== undefined);

    test.each(whole)('reads a stream as what it says: %s', async (name) => {
      const [request, answer] = [requests.get(name), answers.get(name)];
      if (request?.neutral === undefined || answer === undefined) throw new Error('There is no such fixture.');
      await using rig = await serving(provider, replyOf(answer));
      const read = meaningOf(client, await askStream(client, rig.gateway, request.request.body));
      expect(weakened(read, client, provider)).toEqual(weakened(request.neutral, client, provider));
    });

    test.each(whole)('reads JSON as what it says: %s', async (name) => {
      const [request, answer] = [requests.get(name), answers.get(name)];
      if (request?.neutral === undefined || answer === undefined) throw new Error('There is no such fixture.');
      await using rig = await serving(provider, replyOf(answer));
      const read = meaningOf(client, await askJson(client, rig.gateway, request.request.body));
      expect(weakened(read, client, provider)).toEqual(weakened(request.neutral, client, provider));
    });

    const broken = [...answers.values()].filter(({ error, truncated }) => error !== undefined || truncated);

    test.each(broken)('gets an error of a stream that breaks: $name', async (answer) => {
      await using rig = await serving(provider, replyOf(answer));
      const request = requests.get('text')?.request.body ?? {};
      const asked = askStream(client, rig.gateway, request);
      // OpenAI's helper for responses is silent about `response.failed`, but its client raises on our nested `error`.
      await expect(asked).rejects.toThrow();
    });
  },
);
