/**
 * Values by id, never changed in place. Kept in buckets by the id's first two digits, so that a new version copies
 * only a small part: folding thousands of members stays cheap.
 */
export type Keyed<V> = ReadonlyMap<string, ReadonlyMap<string, V>>;

export const valueOf = <V>(map: Keyed<V>, id: string): V | undefined => map.get(id.slice(0, 2))?.get(id);

export const withValue = <V>(map: Keyed<V>, id: string, value: V): Keyed<V> => {
  const bucket = id.slice(0, 2);
  return new Map(map).set(bucket, new Map(map.get(bucket)).set(id, value));
};
