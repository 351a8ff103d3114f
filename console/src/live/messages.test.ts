import { expect, test } from 'vitest';
import { messages } from './messages.ts';
import type { Message } from './messages.ts';

async function read(...pieces: string[]): Promise<Message[]> {
  const bytes = pieces.map((piece) => new TextEncoder().encode(piece));
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of bytes) controller.enqueue(piece);
      controller.close();
    },
  });
  const found: Message[] = [];
  for await (const message of messages(body)) found.push(message);
  return found;
}

test('messages are put together from pieces of any size', async () => {
  const text = 'retry: 1000\n\nid: 7\nevent: history\ndata: [{"ü": 1}]\n\n: still here\n\nevent: end\ndata: {}\n\n';
  const expected = [
    { id: '7', name: 'history', data: '[{"ü": 1}]' },
    { id: '7', name: 'end', data: '{}' },
  ];
  expect(await read(text)).toEqual(expected);
  expect(await read(...text)).toEqual(expected);
});

test('what breaks off is not told', async () => {
  expect(await read('id: 1\nevent: history\ndata: [1]\n\nid: 2\nevent: history\ndata: [2')).toEqual([
    { id: '1', name: 'history', data: '[1]' },
  ]);
});
