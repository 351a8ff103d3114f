/**
 * JSON as it is while somebody types it: what can be understood is kept, with its place in the text.
 *
 * Missing commas, quotes, brackets and values are passed over; each is counted as a mistake.
 * INVARIANT: any text gives a tree, and reading ends after one pass over it.
 */

export type Json = JsonObject | JsonArray | JsonScalar;

interface Place {
  /** Offsets into the text: first character, and the one after the last. */
  start: number;
  end: number;
}

export interface Member extends Place {
  key: string;
  value: Json;
}

export interface JsonObject extends Place {
  kind: 'object';
  members: Member[];
}

export interface JsonArray extends Place {
  kind: 'array';
  items: Json[];
}

export interface JsonScalar extends Place {
  kind: 'scalar';
  /** Undefined where something else than a value stood. */
  value: string | number | boolean | null | undefined;
}

export interface Parsed {
  value: Json;
  mistakes: number[];
}

/** LIMIT: nesting; what is deeper is read as nothing. The server refuses it long before. */
const DEPTH_MAX = 200;

export function parseJson(text: string): Parsed {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.space();
  if (!reader.atEnd()) reader.mistake();
  return { value, mistakes: reader.mistakes };
}

export function member(value: Json | undefined, key: string): Json | undefined {
  if (value?.kind !== 'object') return undefined;
  return value.members.find((candidate) => candidate.key === key)?.value;
}

export function text(value: Json | undefined): string | undefined {
  return value?.kind === 'scalar' && typeof value.value === 'string' ? value.value : undefined;
}

class Reader {
  readonly mistakes: number[] = [];
  private at = 0;

  constructor(private readonly text: string) {}

  atEnd(): boolean {
    return this.at >= this.text.length;
  }

  mistake(): void {
    this.mistakes.push(this.at);
  }

  space(): void {
    while (/^[\s\uFEFF]$/.test(this.peek())) this.at += 1;
  }

  value(depth: number): Json {
    this.space();
    const next = this.peek();
    if (depth > DEPTH_MAX) return this.tooDeep();
    if (next === '{') return this.object(depth);
    if (next === '[') return this.array(depth);
    return this.scalar();
  }

  private peek(): string {
    return this.text.charAt(this.at);
  }

  private object(depth: number): JsonObject {
    const start = this.at;
    const members: Member[] = [];
    this.at += 1;
    while (this.next('}')) {
      const from = this.at;
      const key = this.key();
      if (key === undefined) continue;
      this.space();
      if (this.peek() === ':') this.at += 1;
      else this.mistake();
      const value = this.value(depth + 1);
      members.push({ key, value, start: from, end: this.at });
    }
    return { kind: 'object', members, start, end: this.at };
  }

  private array(depth: number): JsonArray {
    const start = this.at;
    const items: Json[] = [];
    this.at += 1;
    while (this.next(']')) {
      const before = this.at;
      items.push(this.value(depth + 1));
      if (this.at === before) this.skip();
    }
    return { kind: 'array', items, start, end: this.at };
  }

  /** True when an element follows; consumes separators, and the closing bracket. */
  private next(close: '}' | ']'): boolean {
    this.space();
    while (this.peek() === ',') {
      this.at += 1;
      this.space();
    }
    if (this.atEnd()) {
      this.mistake();
      return false;
    }
    const found = this.peek();
    if (found === close) {
      this.at += 1;
      return false;
    }
    if (found === '}' || found === ']') {
      // The other bracket closes something further out.
      this.mistake();
      return false;
    }
    return true;
  }

  private key(): string | undefined {
    if (this.peek() === '"') return this.string();
    const bare = /^[A-Za-z_][\w-]*/.exec(this.text.slice(this.at, this.at + 128))?.[0];
    this.mistake();
    if (bare === undefined) {
      this.skip();
      return undefined;
    }
    this.at += bare.length;
    return bare;
  }

  private scalar(): JsonScalar {
    const start = this.at;
    if (this.peek() === '"') {
      const value = this.string();
      return { kind: 'scalar', value, start, end: this.at };
    }
    const word = /^[\w.+-]+/.exec(this.text.slice(start, start + 128))?.[0] ?? '';
    this.at += word.length;
    const value = wordValue(word);
    if (value === undefined) this.mistakes.push(start);
    return { kind: 'scalar', value, start, end: this.at };
  }

  /** A string ends at its quote, or, where that is missing, at the end of the line. */
  private string(): string {
    const start = this.at;
    let end = start + 1;
    while (end < this.text.length && this.text[end] !== '"' && this.text[end] !== '\n') {
      end += this.text[end] === '\\' ? 2 : 1;
    }
    const closed = this.text[end] === '"';
    this.at = Math.min(closed ? end + 1 : end, this.text.length);
    if (closed) {
      try {
        return JSON.parse(this.text.slice(start, this.at)) as string;
      } catch {
        // A broken escape: the text as it stands is better than nothing.
      }
    }
    this.mistakes.push(start);
    return this.text.slice(start + 1, closed ? end : this.at).trimEnd();
  }

  private skip(): void {
    this.at += 1;
  }

  private tooDeep(): JsonScalar {
    this.mistake();
    const start = this.at;
    this.at = this.text.length;
    return { kind: 'scalar', value: undefined, start, end: this.at };
  }
}

function wordValue(word: string): number | boolean | null | undefined {
  if (word === 'true') return true;
  if (word === 'false') return false;
  if (word === 'null') return null;
  const number = Number(word);
  return word === '' || Number.isNaN(number) ? undefined : number;
}
