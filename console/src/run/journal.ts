/**
 * Changes that can be taken back, moment by moment: what came last goes first.
 *
 * INVARIANT: after as many steps back as moments were begun, everything is as it was before them.
 */
export class Journal {
  private readonly undos: (() => void)[] = [];
  /** How many changes there were before each moment. */
  private readonly moments: number[] = [];

  begin(): void {
    this.moments.push(this.undos.length);
  }

  set<Target extends object, Key extends keyof Target>(target: Target, key: Key, value: Target[Key]): void {
    const before = target[key];
    if (before === value) return;
    target[key] = value;
    this.undos.push(() => {
      target[key] = before;
    });
  }

  push<Item>(list: Item[], item: Item): void {
    list.push(item);
    this.undos.push(() => void list.pop());
  }

  put<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
    map.set(key, value);
    this.undos.push(() => void map.delete(key));
  }

  back(): void {
    const before = this.moments.pop() ?? 0;
    while (this.undos.length > before) this.undos.pop()?.();
  }
}
