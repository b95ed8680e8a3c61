/** What a class that describes an answer describes: plain data. The class itself is only there for OpenAPI. */
export type Answer<T> = T extends readonly (infer U)[]
  ? readonly Answer<U>[]
  : T extends object
    ? { readonly [K in keyof T]: Answer<T[K]> }
    : T;
