import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const modules = join(root, '..', '..', 'node_modules');
let consumer: string;

/** A folder with the compiled package and the API, and nothing else installed. */
beforeAll(() => {
  consumer = mkdtempSync(join(tmpdir(), 'tracing-consumer-'));
  const own = join(consumer, 'node_modules', '@llm', 'tracing');
  mkdirSync(own, { recursive: true });
  cpSync(join(root, 'dist'), join(own, 'dist'), { recursive: true });
  cpSync(join(root, 'package.json'), join(own, 'package.json'));
  install('@opentelemetry/api');
});
afterAll(() => rmSync(consumer, { recursive: true, force: true }));

function install(name: string): void {
  const target = join(consumer, 'node_modules', name);
  mkdirSync(join(target, '..'), { recursive: true });
  symlinkSync(join(modules, name), target);
}

async function messageOf(options: object): Promise<string> {
  const file = join(consumer, 'main.mjs');
  writeFileSync(
    file,
    `import { setupTracing } from '@llm/tracing/node';
     try { setupTracing(${JSON.stringify(options)}); console.log('started'); process.exit(); }
     catch (error) { console.log(error.name + '\\n' + error.message); }`,
  );
  const { stdout } = await run(process.execPath, [file], { cwd: consumer });
  return stdout;
}

describe('without the optional peers', () => {
  it.each(['@llm/tracing', '@llm/tracing/fastify', '@llm/tracing/testing'])(
    '%s loads, as it imports the API, built-in modules and its own only',
    async (entry) => {
      const source = `import * as all from '${entry}'; console.log(String(Object.keys(all).length > 0));`;
      writeFileSync(join(consumer, 'core.mjs'), source);
      const { stdout } = await run(process.execPath, ['core.mjs'], { cwd: consumer });
      expect(stdout.trim()).toBe('true');
    },
  );

  it('the entry loads, and setupTracing names one command for all that is missing', async () => {
    const message = await messageOf({ serviceName: 's', exporter: ['jaeger', 'otlp'] });
    expect(message).toContain('MissingPackagesError');
    const command = message.split('\n').find((line) => line.includes('npm install')) ?? '';
    const named = [...command.matchAll(/"(@[^"]+)@([^@"]+)"/g)].map((match) => match[1]);
    expect(named.sort()).toEqual([
      '@opentelemetry/exporter-trace-otlp-proto',
      '@opentelemetry/instrumentation',
      '@opentelemetry/instrumentation-http',
      '@opentelemetry/instrumentation-undici',
      '@opentelemetry/resources',
      '@opentelemetry/sdk-trace-base',
      '@opentelemetry/sdk-trace-node',
    ]);
    expect(command).toContain('"@opentelemetry/resources@^2.11.0"');
  });

  it('the command brings an API that SDK 2 takes, where a later one is installed', async () => {
    const own = join(consumer, 'node_modules', '@opentelemetry', 'api');
    rmSync(own, { recursive: true });
    cpSync(join(modules, '@opentelemetry', 'api'), own, { recursive: true });
    const manifest = join(own, 'package.json');
    const later = readFileSync(manifest, 'utf8').replace(
      /"version": "1\.9\.\d+"/,
      '"version": "1.10.0"',
    );
    writeFileSync(manifest, later);
    const message = await messageOf({ serviceName: 's', exporter: 'otlp' });
    expect(message).toContain('npm install "@opentelemetry/api@>=1.9.0 <1.10.0" "@opentelemetry/');
    rmSync(own, { recursive: true });
    install('@opentelemetry/api');
  });

  it('the command brings the instrumentations of what the application has', async () => {
    install('express');
    expect(await messageOf({ serviceName: 's', exporter: 'otlp' })).toContain(
      '"@opentelemetry/instrumentation-express@>=0.70.0 <1"',
    );
    const chosen = { serviceName: 's', exporter: 'otlp', instrumentations: ['http'] };
    expect(await messageOf(chosen)).not.toContain('instrumentation-express');
    rmSync(join(consumer, 'node_modules', 'express'));
  });

  it('only what was asked for is missed, and bad configuration is told first', async () => {
    expect(await messageOf({ serviceName: '', exporter: 'otlp' })).toContain('serviceName');
    for (const name of ['sdk-trace-node', 'sdk-trace-base', 'resources']) {
      install(`@opentelemetry/${name}`);
    }
    const message = await messageOf({
      serviceName: 's',
      exporter: 'otlp-json',
      instrumentations: ['pg'],
    });
    const command = message.split('\n').find((line) => line.includes('npm install')) ?? '';
    const named = [...command.matchAll(/"(@[^"]+)@([^@"]+)"/g)].map((match) => match[1]);
    expect(named.sort()).toEqual([
      '@opentelemetry/exporter-trace-otlp-http',
      '@opentelemetry/instrumentation',
      '@opentelemetry/instrumentation-pg',
    ]);
  });
});
