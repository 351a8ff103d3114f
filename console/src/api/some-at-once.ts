/** Does the same for many things, some of them at a time. */

/** LIMIT: calls under way at once. */
const AT_ONCE = 8;

export async function someAtOnce<Item, Result>(items: readonly Item[], one: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE) results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(one))));
  return results;
}
