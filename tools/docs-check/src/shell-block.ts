import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from './document.js';

interface Manifest {
  readonly scripts?: Readonly<Record<string, string>>;
}
interface LockFile {
  readonly packages: Readonly<Record<string, unknown>>;
}

const manifest = JSON.parse(readFileSync(join(workspaceRoot, 'package.json'), 'utf8')) as Manifest;
const lock = JSON.parse(readFileSync(join(workspaceRoot, 'package-lock.json'), 'utf8')) as LockFile;

/** Commands that need a server of the reader, or another program than npm and Node. */
const ofOthers = /^(?:brew|sudo|curl|docker|openssl|kill)\b/;

/** What is wrong with a block of shell commands: a package, a script or a file that is not there. */
export function shellFaults(code: string): readonly string[] {
  return commandsOf(code).flatMap(commandFaults);
}

/** What is wrong with the npm commands that a text quotes. */
export function quotedCommandFaults(text: string): readonly string[] {
  return [...text.matchAll(/`(npm (?:run|install)[^`]*|npm (?:start|test)\b[^`]*)`/g)].flatMap(
    ([, command = '']) => commandFaults(command),
  );
}

function commandsOf(code: string): readonly string[] {
  return code
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .flatMap((line) => line.split(/\s(?:&&|\|)\s/))
    .filter((line) => line !== '');
}

function commandFaults(command: string): readonly string[] {
  const words = command.split(/\s+/).filter((word) => !/^[A-Z_]+=/.test(word));
  const [program = '', verb = '', ...rest] = words;
  if (program === 'npm' && ['install', 'i', 'uninstall'].includes(verb)) {
    return rest.filter((word) => /^[@a-z]/.test(word)).flatMap(packageFault);
  }
  if (program === 'npm' && verb === 'run') return rest.slice(0, 1).flatMap(scriptFault);
  if (program === 'npm' && ['start', 'test'].includes(verb)) return scriptFault(verb);
  if (program === 'npm' && ['ci', 'pack'].includes(verb)) return [];
  if (['npx', 'node', 'bash'].includes(program) || ofOthers.test(command)) return [];
  return [`nothing is known of the command "${command}"`];
}

function packageFault(word: string): readonly string[] {
  const name = word.replace(/(?<=.)@[^/]*$/, '');
  return lock.packages[`node_modules/${name}`] !== undefined ||
    existsSync(join(workspaceRoot, 'node_modules', name))
    ? []
    : [`the package "${name}" is not one that is tested here`];
}

function scriptFault(name: string): readonly string[] {
  return manifest.scripts?.[name] === undefined ? [`there is no script "${name}"`] : [];
}
