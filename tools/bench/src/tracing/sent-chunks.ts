const encoder = new TextEncoder();

/** Chunks of a chat, as they are sent. */
export function sentChunks(count: number): Uint8Array {
  const chunk = JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: 'gpt-4o-2024-08-06',
    choices: [{ index: 0, delta: { content: ' word' }, finish_reason: null }],
  });
  return encoder.encode(`data: ${chunk}\n\n`.repeat(count));
}

export const sentEnd = encoder.encode('data: [DONE]\n\n');
