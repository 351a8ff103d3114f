/** Where in a definition a place of its text is: in what shape, of which state, in which query language. */
import { member, text } from '../graph/json.ts';
import type { Json, JsonObject } from '../graph/json.ts';
import { shapeInside } from './fields.ts';
import type { Language, Shape } from './fields.ts';

export interface DefinitionPlace {
  /** Undefined inside data of the user's: parameters, results, variables. */
  shape: Shape | undefined;
  /** The innermost object around the place. */
  object: JsonObject | undefined;
  /** Whether a list is nearer than that object. */
  isInList: boolean;
  language: Language;
  /** Of the innermost state around it. */
  stateType: string | undefined;
  /** All fields on the way, outermost first. */
  way: readonly string[];
}

export function placeIn(root: Json, at: number): DefinitionPlace {
  const place = {
    shape: 'machine' as Shape | undefined,
    object: undefined as JsonObject | undefined,
    isInList: false,
    language: 'JSONPath' as Language,
    stateType: undefined as string | undefined,
    way: [] as string[],
  };
  let value: Json | undefined = root;
  let shape = place.shape;
  while (value !== undefined && value.kind !== 'scalar') {
    place.isInList = value.kind === 'array';
    if (value.kind === 'array') {
      value = value.items.find((item) => isAround(item, at));
      continue;
    }
    place.object = value;
    place.shape = shape;
    if (place.shape === 'state') place.stateType = text(member(value, 'Type'));
    if (place.shape !== undefined) place.language = languageOf(value) ?? place.language;
    const inner = value.members.find((candidate) => isAround(candidate.value, at));
    if (inner === undefined || inner.value.kind === 'scalar') {
      if (inner !== undefined) place.way.push(inner.key);
      return place;
    }
    place.way.push(inner.key);
    shape = shapeInside(shape, inner.key);
    value = inner.value;
  }
  return place;
}

function languageOf(object: JsonObject): Language | undefined {
  const language = text(member(object, 'QueryLanguage'));
  return language === 'JSONata' || language === 'JSONPath' ? language : undefined;
}

/** What is not closed yet reaches as far as it could be read. */
function isAround({ start, end }: Json, at: number): boolean {
  return start < at && at <= end;
}
