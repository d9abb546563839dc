import { request } from 'undici';
import { PRESETS } from '../catalog/presets.ts';
import type { Environment } from '../config/interpolate.ts';
import type { LocalServer } from '../config/zero-config.ts';

/** How long a server on this machine may take to show its models, in milliseconds; all are asked at once. */
const PROBE_MS = 300;
/** Of a longer list no more is read, in bytes. */
const MOST_BYTES = 1024 * 1024;

/** Asks where local servers usually listen, and names those that answer with OpenAI's list of at least one model. Never rejects. */
export async function findLocalServers(environment: Environment): Promise<LocalServer[]> {
  const probes = Object.entries(PRESETS)
    .filter(([, { cost }]) => cost === 'local')
    .map(async ([preset, { baseUrl, baseUrlVariable }]) => {
      const model = await firstModel(environment[baseUrlVariable] ?? baseUrl);
      return model === undefined ? [] : [{ preset, model }];
    });
  return (await Promise.all(probes)).flat();
}

async function firstModel(baseUrl: string): Promise<string | undefined> {
  try {
    const { statusCode, headers, body } = await request(`${baseUrl}/models`, { signal: AbortSignal.timeout(PROBE_MS) });
    if (statusCode !== 200 || Number(headers['content-length'] ?? 0) > MOST_BYTES) {
      await body.dump();
      return undefined;
    }
    return chatModel(await body.json());
  } catch {
    return undefined;
  }
}

/** The first model of a list that is none for embeddings. */
function chatModel(list: unknown): string | undefined {
  if (typeof list !== 'object' || list === null || !('data' in list) || !Array.isArray(list.data)) return undefined;
  if (!('object' in list) || list.object !== 'list') return undefined;
  const ids = list.data.map((each: unknown): unknown => Reflect.get(Object(each), 'id'));
  return ids.find((id): id is string => typeof id === 'string' && id !== '' && !/embed/i.test(id));
}
