const MB = 1024 * 1024;
/** `server.bodyLimit` is 32 MB. */
const MOST = 32 * MB;
const CHAT = '"model":"default"';
const MESSAGE = '{"role":"user","content":"Hello"}';
const SENTENCE =
  '{"role":"user","content":"A message of about a hundred bytes, as there are many of them in a long chat."}';

/** A body that costs more than its size shows. */
export interface HostileBody {
  readonly name: string;
  /** `/v1/chat/completions` unless given. */
  readonly path?: string;
  /** The statuses that answer it right. */
  readonly right: readonly number[];
  /** Made when it is needed: all of them together would take a gigabyte. */
  readonly make: () => Buffer;
}

/** A chat request around the bytes of a member that is not read. */
function around(member: Buffer | string): Buffer {
  return Buffer.concat([Buffer.from(`{${CHAT},"messages":[${MESSAGE}],`), Buffer.from(member), Buffer.from('}')]);
}

/** A chat request with one message, whose content is a piece repeated up to the limit. */
function ofContent(piece: string | Buffer): Buffer {
  const head = Buffer.from(`{${CHAT},"messages":[{"role":"user","content":"`);
  const size = Buffer.byteLength(piece);
  return Buffer.concat([head, Buffer.alloc(Math.floor((MOST - 200) / size) * size, piece), Buffer.from('"}]}')]);
}

function ofMessages(count: number, message: string): Buffer {
  return Buffer.from(`{${CHAT},"messages":[${`${message},`.repeat(count - 1)}${message}]}`);
}

/** A list of one item as often as it fits into a number of bytes. */
function listOf(item: string, bytes: number): string {
  return `[${`${item},`.repeat(Math.floor(bytes / (item.length + 1)) - 1)}${item}]`;
}

const [passes, refused, either] = [[200], [400], [200, 400]];

/** The bodies of the first attack, most of them as large as the gateway takes. */
export const BODIES: readonly HostileBody[] = [
  { name: 'ten million {} in a member', right: refused, make: () => around(`"x":${listOf('{}', MOST - 200)}`) },
  {
    name: '1.2 million members',
    right: refused,
    make: () => around(Array.from({ length: 1_200_000 }, (_, n) => `"m${n}":0`).join()),
  },
  { name: '300,000 messages', right: refused, make: () => ofMessages(300_000, SENTENCE) },
  { name: '100,000 small messages', right: either, make: () => ofMessages(100_000, SENTENCE) },
  {
    name: 'nine million token ids',
    path: '/v1/embeddings',
    right: refused,
    make: () => Buffer.from(`{${CHAT},"input":${listOf('12', 27_000_000)}}`),
  },
  {
    name: 'invalid UTF-8 at the end of 19 MB',
    right: refused,
    make: () => around(Buffer.concat([Buffer.from('"x":"'), Buffer.alloc(19 * MB, 'a'), Buffer.from([0xff, 0x22])])),
  },
  { name: 'one string, ASCII', right: passes, make: () => ofContent('a') },
  { name: 'one string, not ASCII', right: passes, make: () => ofContent('é') },
  { name: String.raw`one string of \u0041`, right: passes, make: () => ofContent(String.raw`\u0041`) },
  { name: String.raw`one string of \n`, right: passes, make: () => ofContent(String.raw`\n`) },
  {
    name: 'white space',
    right: passes,
    make: () => Buffer.concat([Buffer.alloc(MOST - 200, ' '), Buffer.from(`{${CHAT},"messages":[${MESSAGE}]}`)]),
  },
  { name: 'lists within lists', right: refused, make: () => around(`"x":${'['.repeat(MOST - 200)}`) },
  { name: 'objects within objects', right: refused, make: () => around(`"x":${'{"a":'.repeat(MOST / 5 - 40)}`) },
  {
    name: '200,000 strings of 150 bytes',
    right: either,
    make: () => around(`"x":${listOf(`"${'a'.repeat(150)}"`, 200_000 * 153)}`),
  },
];
