/** A member that differs between two states of something. Undefined where a state has none. */
export interface ChangedMember {
  readonly name: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** The members that differ, in the order of their names. With one state only, all of its members. */
export function changedMembers(before: object | null, after: object | null): readonly ChangedMember[] {
  const was = new Map<string, unknown>(Object.entries(before ?? {}));
  const is = new Map<string, unknown>(Object.entries(after ?? {}));
  const names = [...new Set([...was.keys(), ...is.keys()])].toSorted();
  return names
    .map((name) => ({ name, before: was.get(name), after: is.get(name) }))
    .filter((member) => JSON.stringify(member.before) !== JSON.stringify(member.after));
}
