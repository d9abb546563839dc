/** A set of values that can be removed at any time, in insertion order. */
export interface LinkedSet<Value> {
  readonly size: number;
  /** Adds a value. Disposing the result removes it; idempotent. */
  add(value: Value): Disposable;
  /** All values, in the order in which they were added. */
  list(): readonly Value[];
}

/**
 * Makes an empty set for many short-lived values, as requests are. A Set keeps tables that it has outgrown; once such a table is in the
 * old generation, V8's minor collections keep and copy everything it referenced until the next major one. Here a removed value takes its
 * links with it.
 */
export function createLinkedSet<Value>(): LinkedSet<Value> {
  return new List();
}

class List<Value> implements LinkedSet<Value> {
  size = 0;
  first: Node<Value> | undefined;
  last: Node<Value> | undefined;

  add(value: Value): Disposable {
    return new Node(this, value);
  }

  list(): readonly Value[] {
    const values: Value[] = [];
    for (let node = this.first; node !== undefined; node = node.next) values.push(node.value);
    return values;
  }
}

class Node<Value> implements Disposable {
  readonly value: Value;
  next: Node<Value> | undefined;
  #previous: Node<Value> | undefined;
  /** Undefined once the node is removed. */
  #list: List<Value> | undefined;

  constructor(list: List<Value>, value: Value) {
    this.value = value;
    this.#list = list;
    this.#previous = list.last;
    if (list.last === undefined) list.first = this;
    else list.last.next = this;
    list.last = this;
    list.size++;
  }

  [Symbol.dispose](): void {
    const list = this.#list;
    if (list === undefined) return;
    this.#list = undefined;
    if (this.#previous === undefined) list.first = this.next;
    else this.#previous.next = this.next;
    if (this.next === undefined) list.last = this.#previous;
    else this.next.#previous = this.#previous;
    this.next = undefined;
    this.#previous = undefined;
    list.size--;
  }
}
