import { expect, it } from 'vitest';
import { needlessCopies, type LockedPlaces } from '../src/needless-copies.js';

/** Two places that ask for `shared`: the root's copy serves `first`, `second` has one of its own. */
function twice(first: string, second: string, versions = ['1.2.0', '1.1.0']): LockedPlaces {
  return {
    '': { dependencies: { '@some/first': '*', second: '*' } },
    'node_modules/@some/first': { version: '3.0.0', dependencies: { shared: first } },
    'node_modules/second': { version: '4.0.0', dependencies: { shared: second } },
    'node_modules/shared': { version: versions[0]! },
    'node_modules/second/node_modules/shared': { version: versions[1]! },
  };
}

it('a copy is needless when either of the two would do for all who ask for the other', () => {
  const named = ['second/node_modules/shared 1.1.0, beside 1.2.0'];
  expect(needlessCopies(twice('^1.0.0', '1.1.0'))).toEqual(named);
  expect(needlessCopies(twice('1.2.0', '^1.0.0'))).toEqual(named);
});

it('a copy is needed when each of the two is asked for by somebody who takes no other', () => {
  expect(needlessCopies(twice('1.2.0', '1.1.0'))).toEqual([]);
  expect(needlessCopies(twice('^1.2.0', '~1.1.0'))).toEqual([]);
});

it('what an override brought, against the range, is left alone', () => {
  expect(needlessCopies(twice('<1.3.0', '1.2.0', ['1.2.0', '1.3.0']))).toEqual([]);
});

it('a workspace that is used by another is no copy', () => {
  const places = twice('^1.0.0', '1.1.0');
  const linked = { ...places, 'node_modules/second/node_modules/shared': { link: true } };
  expect(needlessCopies(linked)).toEqual([]);
});
