/**
 * Where in the text a finding of the server points: `/States/Pack/Retry[0]/ErrorEquals`.
 *
 * Names of states may have slashes of their own, so the longest name that is there is taken. What does not
 * exist, because it is missing, is shown at the last part that does.
 */
import { parseJson } from './json.ts';
import type { Json, Member } from './json.ts';

export interface Place {
  start: number;
  end: number;
}

export function placeOf(source: string, pointer: string): Place | undefined {
  let value: Json = parseJson(source).value;
  let place: Place | undefined;
  let rest = pointer.replace(/^\//, '');
  while (rest !== '') {
    const index = /^\[(\d+)\]\/?/.exec(rest) ?? (value.kind === 'array' ? /^(\d+)(?:\/|$)/.exec(rest) : null);
    if (index !== null) {
      const item: Json | undefined = value.kind === 'array' ? value.items[Number(index[1])] : undefined;
      if (item === undefined) return place;
      value = item;
      place = item;
      rest = rest.slice(index[0].length);
      continue;
    }
    const found = longest(value, rest);
    if (found === undefined) return place;
    value = found.value;
    place = { start: found.start, end: found.end };
    rest = rest.slice(found.key.length).replace(/^\//, '');
  }
  return place;
}

function longest(value: Json, rest: string): Member | undefined {
  if (value.kind !== 'object') return undefined;
  const fits = (key: string) => key !== '' && rest.startsWith(key) && /^(\/|\[|$)/.test(rest.slice(key.length));
  return value.members
    .filter(({ key }) => fits(key))
    .reduce<Member | undefined>((most, member) => (member.key.length > (most?.key.length ?? 0) ? member : most), undefined);
}
