import type { HostileBody } from './bodies.ts';

const MB = 1024 * 1024;
const MESSAGES = '/v1/messages';
const RESPONSES = '/v1/responses';
const MODEL = '"model":"default","max_tokens":9';
const MESSAGE = '{"role":"user","content":"Hello"}';
const [passes, either] = [[200], [200, 400]];

function ofMessages(messages: string): Buffer {
  return Buffer.from(`{${MODEL},"messages":[${messages}]}`);
}

function ofInput(input: string, more = ''): Buffer {
  return Buffer.from(`{"model":"default","input":[${input}]${more}}`);
}

const repeated = (item: string, count: number): string => Array.from({ length: count }, () => item).join();

/** Bodies of other APIs for a provider of chat, most of them as large as the gateway takes. */
export const TRANSLATED_BODIES: readonly HostileBody[] = [
  {
    name: 'one string',
    path: MESSAGES,
    right: passes,
    make: () => ofMessages(`{"role":"user","content":"${'a'.repeat(30 * MB)}"}`),
  },
  {
    name: String.raw`one string of \n`,
    path: MESSAGES,
    right: passes,
    make: () => ofMessages(`{"role":"user","content":"a${String.raw`\n`.repeat(15 * MB)}"}`),
  },
  {
    name: 'an image in base64',
    path: MESSAGES,
    right: passes,
    make() {
      const source = `{"type":"base64","media_type":"image/png","data":"${'A'.repeat(30 * MB)}"}`;
      return ofMessages(`{"role":"user","content":[{"type":"image","source":${source}}]}`);
    },
  },
  { name: '60,000 small messages', path: MESSAGES, right: passes, make: () => ofMessages(repeated(MESSAGE, 60_000)) },
  {
    name: '30,000 calls of one id',
    path: RESPONSES,
    right: passes,
    make() {
      const call = '{"type":"function_call","call_id":"x","name":"f","arguments":"{}"}';
      return ofInput(`${repeated(call, 30_000)},${MESSAGE}`);
    },
  },
  {
    name: 'a long description of 14,000 tools',
    path: RESPONSES,
    right: either,
    make() {
      const tools = repeated('{"type":"function","name":"f","parameters":{}}', 14_000);
      const namespace = `{"type":"namespace","name":"n","description":"${'d'.repeat(MB)}","tools":[${tools}]}`;
      return ofInput(MESSAGE, `,"tools":[${namespace}]`);
    },
  },
  {
    name: 'an object of 60,000 members',
    path: MESSAGES,
    right: either,
    make() {
      const input = Array.from({ length: 60_000 }, (_, n) => `"m${n}":"${'v'.repeat(400)}"`).join();
      const call = `{"type":"tool_use","id":"c","name":"f","input":{${input}}}`;
      const result = '{"type":"tool_result","tool_use_id":"c","content":"a"}';
      return ofMessages(`${MESSAGE},{"role":"assistant","content":[${call}]},{"role":"user","content":[${result}]}`);
    },
  },
];
