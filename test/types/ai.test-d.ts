import { generateText, streamText } from 'ai';
import { expectTypeOf, test } from 'vitest';
import { createGateway, defineConfig } from 'spillway';
import { createSpillway } from 'spillway/ai';

const config = defineConfig({
  providers: { groq: { preset: 'groq' } },
  chains: { default: { entries: ['groq/m'] }, cheap: { entries: ['groq/m'] } },
  aliases: { 'gpt-5': 'default' },
});
const prompt = 'Hello';

test('names of models are those of the configuration', () => {
  const spillway = createSpillway<typeof config>({ baseURL: 'http://127.0.0.1:4141', apiKey: 'x' });
  type Name = Parameters<typeof spillway>[0];
  expectTypeOf<Name>().toEqualTypeOf<'default' | 'cheap' | 'gpt-5' | `groq/${string}`>();
  void generateText({ model: spillway('default'), prompt });
  void streamText({ model: spillway.chatModel('groq/any'), prompt });
  // @ts-expect-error -- no chain of this name
  spillway('expensive');
  // @ts-expect-error -- no provider of this name
  spillway.languageModel('openai/gpt-5');
  // @ts-expect-error -- no chain of this name
  spillway.embeddingModel('expensive');
  // @ts-expect-error -- the gateway has no images
  spillway.imageModel('default');
});

test('without a configuration every name compiles', () => {
  expectTypeOf<Parameters<ReturnType<typeof createSpillway>>[0]>().toEqualTypeOf<string>();
});

test('a gateway of the process needs no URL', async () => {
  const gateway = await createGateway(config);
  createSpillway({ gateway })('default');
  createSpillway({ baseURL: 'http://spillway', fetch: gateway.fetch })('default');
  // @ts-expect-error -- neither a URL nor a gateway
  createSpillway({ apiKey: 'x' });
});
