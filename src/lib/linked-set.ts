/** Those who are there now. */
export interface LinkedSet<Value> {
  readonly size: number;
  /** Takes one in; disposing what it answers lets him go, and is idempotent. */
  join(value: Value): Disposable;
  /** All of them, in the order in which they came. */
  list(): readonly Value[];
}

/**
 * Makes an empty list for many who come and go, as requests do. A Set leaves tables behind that it has outgrown; once such a table is old,
 * V8's minor collections keep and copy all that stood in it until the next major one. Here who goes takes his links along.
 */
export function createLinkedSet<Value>(): LinkedSet<Value> {
  return new List();
}

class List<Value> implements LinkedSet<Value> {
  size = 0;
  first: Member<Value> | undefined;
  last: Member<Value> | undefined;

  join(value: Value): Disposable {
    return new Member(this, value);
  }

  list(): readonly Value[] {
    const values: Value[] = [];
    for (let each = this.first; each !== undefined; each = each.next) values.push(each.value);
    return values;
  }
}

class Member<Value> implements Disposable {
  readonly value: Value;
  next: Member<Value> | undefined;
  #previous: Member<Value> | undefined;
  /** Undefined once it has gone. */
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
