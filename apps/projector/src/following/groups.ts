import { type Projection, views } from '@candor/read-models';

/** Which views share a subscription and a transaction. */
export const groups: readonly { readonly name: string; readonly views: readonly Projection[] }[] = [
  { name: 'views', views: views.map(({ name, into }) => into(name)) },
];
