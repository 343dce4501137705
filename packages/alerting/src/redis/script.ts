import { createHash } from 'node:crypto';
import { luaClock } from './lua-clock.js';
import { luaLifecycle } from './lua-lifecycle.js';
import { luaMethods } from './lua-methods.js';
import { luaOutbox } from './lua-outbox.js';
import { luaRecords } from './lua-records.js';
import { luaSilences } from './lua-silences.js';

/** A script, and by which name Redis knows it. */
export interface Script {
  readonly text: string;
  readonly digest: string;
}

/**
 * One script for each method of the store, of the functions that it needs. Redis makes all functions
 * of a script anew at each call: one script of all would cost more than what most methods do.
 *
 * What functions share is in one table, made in one go: a captured local would cost each function
 * a search through all others. In the sources, each function and constant of that table begins
 * a line (`function our.name(` or `our.name =`), and so does each method (`function methods.name(`).
 */
function link(sources: readonly string[]): ReadonlyMap<string, Script> {
  const pieces = sources
    .join('\n')
    .replace(/^--.*\n/gm, '')
    .split(/^(?=function |our\.\w+ =)/m)
    .map((text) => ({ text: text.trim(), ...nameOf(text) }))
    .filter(({ name }) => name !== '');
  const shared = new Map(pieces.filter(({ owner }) => owner === 'our').map((p) => [p.name, p]));
  const scripts = new Map<string, Script>();
  for (const { text, name } of pieces.filter(({ owner }) => owner === 'methods')) {
    const needed = new Set<string>();
    const need = (user: string): void => {
      for (const [, used = ''] of user.matchAll(/\bour\.(\w+)/g)) {
        const piece = shared.get(used);
        if (piece === undefined || needed.has(used)) continue;
        needed.add(used);
        need(piece.text);
      }
    };
    need(text);
    const used = [...shared.values()].filter((piece) => needed.has(piece.name));
    const fields = used.map(({ name: field, text: piece }) =>
      piece.startsWith('function')
        ? `${field} = function${piece.slice(piece.indexOf('('))},`
        : `${field} = false,`,
    );
    const constants = used.filter((piece) => !piece.text.startsWith('function'));
    const linked = [
      'local our',
      'our = {',
      ...fields,
      '}',
      ...constants.map((constant) => constant.text),
      text.slice(text.indexOf('\n') + 1, text.lastIndexOf('end')),
    ].join('\n');
    scripts.set(name, {
      text: linked,
      digest: createHash('sha1').update(linked).digest('hex'),
    });
  }
  return scripts;
}

function nameOf(text: string): { readonly owner: string; readonly name: string } {
  const [, owner = '', name = ''] = /^(?:function )?(our|methods)\.(\w+)/.exec(text) ?? [];
  return { owner, name };
}

/** The scripts by method. All keys begin with `KEYS[1]`, a hash tag. */
export const scripts = link([
  luaClock,
  luaRecords,
  luaOutbox,
  luaSilences,
  luaLifecycle,
  luaMethods,
]);
