import { KEY } from '../measure/gateway.ts';

/** The doors' paths for chat completions. */
export const PATHS = {
  rest: '/v1/chat/completions',
  trpc: '/trpc/chat.completions.create',
  trpcStream: '/trpc/chat.completions.stream',
} as const;

/** The end of a complete stream on the wire, before HTTP's own end. */
export const ENDS = { REST: 'data: [DONE]\n\n', tRPC: 'event: return\ndata: \n\n' } as const;

/** A request as bytes, which can be sent repeatedly; `headers` are further lines of its head. The model is first in the body, where the upstream looks for it. */
export function toRequest(
  path: string,
  body: Readonly<Record<string, unknown>>,
  headers: readonly string[] = [],
): Buffer {
  const text = JSON.stringify(body);
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    'content-type: application/json',
    `authorization: Bearer ${KEY}`,
    `content-length: ${Buffer.byteLength(text)}`,
    ...headers,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${text}`);
}

/** A conversation of one message with `characters` characters of text. */
export function shortPrompt(characters: number): readonly object[] {
  return [{ role: 'user', content: 'x'.repeat(characters) }];
}

function lineOf(n: number): string {
  return `${n}. She wrote "naïve" – and then:\n\tconst path = \`C:\\\\temp\\\\${n}\`; // 説明 ${n * 7919}, 😀\n`;
}

/** About 200 KB like a long session with tools: 40 messages of code and prose, with quotes, line breaks and non-ASCII characters. */
export function longPrompt(): readonly object[] {
  return Array.from({ length: 40 }, (_, message) => {
    let content = '';
    for (let n = message; Buffer.byteLength(content) < 5000; n++) content += lineOf(n);
    return { role: message % 2 === 0 ? 'user' : 'assistant', content };
  });
}
