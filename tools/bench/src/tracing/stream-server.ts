/** Streams a short chat as OpenAI does, at once, in a process of its own, so that its work is not the client's. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sentChunks, sentEnd } from './sent-chunks.js';

const body = [sentChunks(3), sentEnd];
const server = createServer((request, response) => {
  request.resume().once('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const part of body) response.write(part);
    response.end();
  });
});
server.listen(0, '127.0.0.1', () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.on('disconnect', () => process.exit());
