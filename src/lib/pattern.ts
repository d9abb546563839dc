/** Whether a name matches a pattern in which `*` stands for any run of characters. Linear in the name for each `*`. */
export function matchesPattern(pattern: string, name: string): boolean {
  const [head = '', ...parts] = pattern.split('*');
  if (parts.length === 0) return name === pattern;
  if (!name.startsWith(head)) return false;
  const tail = parts.pop() ?? '';
  let at = head.length;
  for (const part of parts) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return name.length - at >= tail.length && name.endsWith(tail);
}
