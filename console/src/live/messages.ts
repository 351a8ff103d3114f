/** Server-sent events as they come over a response: comments are passed over, the last id is remembered. */

export interface Message {
  id: string | undefined;
  name: string;
  data: string;
}

export async function* messages(body: ReadableStream<Uint8Array>): AsyncGenerator<Message> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  let id: string | undefined;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (rest + decoder.decode(value, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const message = read(block);
        id = message.id ?? id;
        if (message.data !== '') yield { ...message, id };
      }
    }
  } finally {
    // Whoever stops listening closes the connection.
    await reader.cancel().catch(() => undefined);
  }
}

function read(block: string): Message {
  const message: Message = { id: undefined, name: 'message', data: '' };
  for (const line of block.split('\n')) {
    const [, field, value] = /^(id|event|data): ?(.*)$/.exec(line) ?? [];
    if (field === 'id') message.id = value;
    if (field === 'event') message.name = value ?? '';
    if (field === 'data') message.data += value ?? '';
  }
  return message;
}
