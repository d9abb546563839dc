import { request } from 'undici';
import { PRESETS } from '../catalog/presets.ts';
import { addressOf } from '../config/from-preset.ts';
import type { Environment } from '../config/interpolate.ts';
import { addressProblem } from '../config/endpoint.ts';
import type { LocalServer } from '../config/zero-config.ts';
import { memberOf } from '../lib/record.ts';

/** How long a server on this machine may take to show its models, in milliseconds; all are asked at once. */
const PROBE_MS = 300;
/** Of a longer list no more is read, in bytes. */
const MOST_BYTES = 1024 * 1024;

/** Asks where local servers usually listen, and names those that answer with OpenAI's list of at least one model. Never rejects. */
export async function findLocalServers(environment: Environment): Promise<LocalServer[]> {
  const probes = Object.entries(PRESETS)
    .filter(([, { cost }]) => cost === 'local')
    .map(async ([preset, known]) => {
      const baseUrl = addressOf(environment[known.baseUrlVariable] ?? '', known) ?? known.baseUrl;
      const model = addressProblem(baseUrl, { preset }) === undefined ? await firstModel(baseUrl) : undefined;
      return model === undefined ? [] : [{ preset, model }];
    });
  return (await Promise.all(probes)).flat();
}

async function firstModel(baseUrl: string): Promise<string | undefined> {
  try {
    const { statusCode, body } = await request(`${baseUrl}/models`, { signal: AbortSignal.timeout(PROBE_MS) });
    const pieces: Buffer[] = [];
    let size = 0;
    // Leaving the loop destroys the body.
    for await (const piece of body) {
      pieces.push(Buffer.from(piece));
      size += pieces.at(-1)?.length ?? 0;
      if (statusCode !== 200 || size > MOST_BYTES) return undefined;
    }
    return statusCode === 200 ? chatModel(JSON.parse(Buffer.concat(pieces).toString('utf8'))) : undefined;
  } catch {
    return undefined;
  }
}

/** The first model of a list that is none for embeddings. */
function chatModel(list: unknown): string | undefined {
  const models = memberOf(list, 'data');
  if (memberOf(list, 'object') !== 'list' || !Array.isArray(models)) return undefined;
  const ids = models.map((each: unknown) => memberOf(each, 'id'));
  return ids.find((id): id is string => typeof id === 'string' && id !== '' && !/embed/i.test(id));
}
