/** What a scrape has. */
export interface Scrape {
  readonly text: string;
  /**
   * The sum of all series of a name whose labels contain these; 0 without any. Of a histogram that is named without a suffix the number of
   * values.
   */
  readonly count: (name: string, labels?: Readonly<Record<string, string>>) => number;
  /** Names of all metrics that have at least one series. */
  readonly names: ReadonlySet<string>;
  /** All series, as they are written. */
  readonly series: ReadonlySet<string>;
}

interface Series {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\"': '"', '\\\\': '\\', '\\n': '\n' };

/** Parses Prometheus' text format 0.0.4. Throws for a line that is not of it, a type that comes twice, and a series that does. */
export function parseScrape(text: string): Scrape {
  const types = new Map<string, string>();
  const all = new Map<string, Series>();
  if (!text.endsWith('\n')) throw new Error('The text does not end in a line feed.');
  for (const line of text.slice(0, -1).split('\n')) {
    const [, name = '', type] = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line) ?? [];
    if (type !== undefined) {
      if (types.has(name)) throw new Error(`${name} has two types.`);
      types.set(name, type);
    } else if (!/^# HELP \S+ .+$/.test(line)) {
      const key = line.slice(0, line.lastIndexOf(' '));
      if (all.has(key)) throw new Error(`The series ${key} comes twice.`);
      all.set(key, seriesOf(line));
    }
  }
  const baseOf = (name: string): string => (types.has(name) ? name : name.replace(/_(?:bucket|sum|count)$/, ''));
  return {
    text,
    names: new Set([...all.values()].map(({ name }) => baseOf(name))),
    series: new Set(all.keys()),
    count(name, labels = {}) {
      const wanted = types.get(name) === 'histogram' ? `${name}_count` : name;
      return [...all.values()]
        .filter((each) => each.name === wanted)
        .filter((each) => Object.entries(labels).every(([label, value]) => each.labels.get(label) === value))
        .reduce((sum, { value }) => sum + value, 0);
    },
  };
}

function seriesOf(line: string): Series {
  const [, name, labels = '', value] = LINE.exec(line) ?? [];
  if (name === undefined || Number.isNaN(Number(value))) throw new Error(`The line ${line} is not in the format.`);
  const pairs = [...labels.matchAll(LABEL)].map(([, label = '', text = '']): [string, string] => [
    label,
    text.replaceAll(/\\["\\n]/g, (escape) => ESCAPES[escape] ?? ''),
  ]);
  return { name, labels: new Map(pairs), value: Number(value) };
}

/** Scrapes a gateway. */
export async function scrape(url: string, headers: Record<string, string> = {}): Promise<Scrape> {
  const response = await fetch(`${url}/metrics`, { headers });
  if (response.status !== 200) throw new Error(`The scrape was answered with ${response.status}.`);
  return parseScrape(await response.text());
}
