/** Nodes in one chunk, as bits of a node's number. */
const CHUNK_BITS = 12;
const IN_CHUNK = (1 << CHUNK_BITS) - 1;

/**
 * Where the nodes of a JSON text are: of each its start, and its link. Nodes are numbered from 0. Kept in chunks, because a list that outgrows its
 * memory is copied: of a large text that would be several times the memory, in one turn of the event loop.
 */
export class NodePlaces {
  /** Of each node two numbers: its start and its link. */
  readonly #chunks: number[][] = [];
  /** Number of nodes. */
  size = 0;

  /** Adds a node. */
  add(start: number, link: number): void {
    if ((this.size & IN_CHUNK) === 0) this.#chunks.push([]);
    this.#chunks[this.size >> CHUNK_BITS]?.push(start, link);
    this.size++;
  }

  startOf(node: number): number {
    return this.#chunks[node >> CHUNK_BITS]?.[(node & IN_CHUNK) << 1] ?? 0;
  }

  linkOf(node: number): number {
    return this.#chunks[node >> CHUNK_BITS]?.[((node & IN_CHUNK) << 1) + 1] ?? 0;
  }

  /** Sets the link of a node that was added. */
  setLink(node: number, link: number): void {
    const chunk = this.#chunks[node >> CHUNK_BITS];
    if (chunk !== undefined) chunk[((node & IN_CHUNK) << 1) + 1] = link;
  }
}
