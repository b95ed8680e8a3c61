/** A stream is named `<category>-<id>`; the category is what stands before the first `-`. Ids are never personal values. */
export const streamOf = (category: string, id: string | number): string => `${category}-${id}`;

export const categoryOf = (stream: string): string => stream.slice(0, dash(stream));

export const streamId = (stream: string): string => stream.slice(dash(stream) + 1);

function dash(stream: string): number {
  const at = stream.indexOf('-');
  return at === -1 ? stream.length : at;
}
