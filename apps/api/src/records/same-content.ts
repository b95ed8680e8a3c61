/**
 * Whether a stored record says what a line says again. A stored value that can no longer be read (erased, lost) is no
 * difference: what remains is compared (formats v1 §8.4).
 */
export function sameContent(stored: unknown, reported: unknown): boolean {
  if (isUnreadable(stored)) return reported !== null && reported !== undefined;
  if (Array.isArray(stored)) {
    return (
      Array.isArray(reported) &&
      stored.length === reported.length &&
      stored.every((item, i) => sameContent(item, reported[i]))
    );
  }
  if (isObject(stored)) {
    if (!isObject(reported)) return false;
    const names = Object.keys(stored);
    return (
      names.length === Object.keys(reported).length &&
      names.every((name) => Object.hasOwn(reported, name) && sameContent(stored[name], reported[name]))
    );
  }
  return stored === reported;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isUnreadable(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 1 && typeof value['state'] === 'string';
}
