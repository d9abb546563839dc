import type { ChatInput } from 'spillway/client';
import { inShell } from './in-shell.ts';

/** The clients that a request is shown for. */
export const SAMPLES = [
  { value: 'curl', word: 'curl' },
  { value: 'openai-node', word: 'openai, Node' },
  { value: 'openai-python', word: 'openai, Python' },
  { value: 'typed', word: 'typed client' },
] as const;

/** One of them. */
export type SampleName = (typeof SAMPLES)[number]['value'];

/** What a sample is made of. */
export interface SampleOptions {
  /** URL of the gateway, without a trailing slash. */
  readonly url: string;
  /** Whether the gateway wants a key. */
  readonly keyed: boolean;
  readonly model: string;
  readonly input: ChatInput;
}

/** The code that sends a request as a stream. The key is read from the environment: a sample holds none. */
export function codeSample(name: SampleName, options: SampleOptions): string {
  switch (name) {
    case 'curl':
      return curlSample(options);
    case 'openai-node':
      return nodeSample(options);
    case 'openai-python':
      return pythonSample(options);
    case 'typed':
      return typedSample(options);
  }
}

function curlSample({ url, keyed, model, input }: SampleOptions): string {
  const key = keyed ? ` -H "authorization: Bearer $SPILLWAY_KEY"` : '';
  const body = JSON.stringify({ model, stream: true, ...input });
  return [
    `curl -N ${url}/v1/chat/completions \\`,
    ` ${key} -H 'content-type: application/json' \\`,
    `  -d ${inShell(body)}`,
  ].join('\n');
}

function nodeSample({ url, keyed, model, input }: SampleOptions): string {
  const apiKey = keyed ? 'process.env.SPILLWAY_KEY' : `'none'`;
  return `import OpenAI from 'openai';

const client = new OpenAI({ baseURL: '${url}/v1', apiKey: ${apiKey} });
const stream = await client.chat.completions.create(${indented({ model, stream: true, ...input })});
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? '');`;
}

function typedSample({ url, keyed, model, input }: SampleOptions): string {
  const key = keyed ? ', apiKey: process.env.SPILLWAY_KEY' : '';
  return `import { createClient } from 'spillway/client';

const client = createClient({ url: '${url}'${key} });
const stream = client.chat.completions.stream(${indented({ model, ...input })});
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? '');`;
}

function pythonSample({ url, keyed, model, input }: SampleOptions): string {
  const apiKey = keyed ? 'os.environ["SPILLWAY_KEY"]' : '"none"';
  const fields = Object.entries({ model, stream: true, ...input }).map(
    ([name, value]) => `    ${name}=${inPython(value)},`,
  );
  return `${keyed ? 'import os\n' : ''}from openai import OpenAI

client = OpenAI(base_url="${url}/v1", api_key=${apiKey})
stream = client.chat.completions.create(
${fields.join('\n')}
)
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)`;
}

function indented(value: object): string {
  return JSON.stringify(value, null, 2);
}

/** A JSON value as a literal of Python. Texts are the same in both. */
function inPython(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(inPython).join(', ')}]`;
  if (typeof value === 'object')
    return `{${Object.entries(value)
      .map(([name, member]) => `${JSON.stringify(name)}: ${inPython(member)}`)
      .join(', ')}}`;
  return JSON.stringify(value);
}
