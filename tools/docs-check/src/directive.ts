import { type ServiceName, serviceNames } from './services.js';

/** What the comment before a block says of it: `<!-- docs: continues; redis=REDIS_URL -->`. */
export interface Directive {
  /** It goes on from the block of code before it. */
  readonly continues: boolean;
  /** The environment variables that get the addresses of services. */
  readonly services: Readonly<Partial<Record<ServiceName, string>>>;
  /** The name under which the block lies in the folder that all blocks of its document run in. */
  readonly file: string | undefined;
  /** Methods are decorated in TypeScript's legacy way, with its metadata, as NestJS wants it. */
  readonly legacyDecorators: boolean;
  /** Why the block is compiled, but not run. */
  readonly notRun: string | undefined;
}

/** @throws Error naming the place, when the comment says what nobody understands */
export function readDirective(text: string, place: string): Directive {
  const services: Partial<Record<ServiceName, string>> = {};
  let [continues, legacyDecorators] = [false, false];
  let file: string | undefined;
  let notRun: string | undefined;
  for (const part of text.split(';').map((word) => word.trim())) {
    const [, name = part, value = ''] = /^([\w ]+?)\s*[=:]\s*(.+)$/.exec(part) ?? [];
    if (name === '') continue;
    else if (name === 'continues') continues = true;
    else if (name === 'legacy decorators') legacyDecorators = true;
    else if (name === 'file' && value !== '') file = value;
    else if (name === 'not run' && value !== '') notRun = value;
    else if (isServiceName(name) && value !== '') services[name] = value;
    else throw new Error(`${place}: a comment for docs-check says "${part}"`);
  }
  return { continues, services, file, legacyDecorators, notRun };
}

function isServiceName(name: string): name is ServiceName {
  return (serviceNames as readonly string[]).includes(name);
}
