/** A receiver of spans in a process of its own, which only counts them. */
// eslint-disable-next-line @nx/enforce-module-boundaries -- it is the service that has to load it late
import { startJaegerAgent, startJaegerCollector, startOtlpReceiver } from '@llm/tracing/testing';
import { givenJob, tell } from '../fresh-process.js';
import type { Destination } from './burst-job.js';

const { destination, hang } = givenJob() as { destination: Destination; hang: boolean };

async function start() {
  switch (destination) {
    case 'otlp':
    case 'otlp-json':
      return startOtlpReceiver();
    case 'jaeger':
      return startJaegerAgent();
    case 'jaeger-http':
      return startJaegerCollector();
  }
}

const receiver = await start();
receiver.keep = false;
if (hang) receiver.answer = 'hang';
process.on('message', () => tell({ count: receiver.count }));
tell('url' in receiver ? { url: receiver.url } : { port: receiver.port });
