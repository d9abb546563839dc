/**
 * Makes the function that returns the path and query of a URL below a prefix, which begins with a slash and ends without one; empty for a URL that
 * is not below it. The empty prefix is that of every URL with a path.
 */
export function belowPrefix(prefix: string): (url: string) => string {
  return (url) => {
    if (!url.startsWith(prefix)) return '';
    const rest = url.slice(prefix.length);
    if (rest === '' || rest.startsWith('?')) return `/${rest}`;
    return rest.startsWith('/') ? rest : '';
  };
}
