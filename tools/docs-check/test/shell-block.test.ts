import { describe, expect, it } from 'vitest';
import { quotedCommandFaults, shellFaults } from '../src/shell-block.js';

describe('a block of shell commands', () => {
  it('may install what this workspace is tested with', () => {
    const code =
      'npm install @llm/tracing \\\n  openai@6 # both\nnpm ci && npm test\nPORT=1 node a.js';
    expect(shellFaults(code)).toEqual([]);
  });

  it('names a package, a script or a command that is not known', () => {
    const code = 'npm install @llm/tracing left-pad-of-nobody\nnpm run no-such\nfrobnicate it';
    expect(shellFaults(code)).toEqual([
      'the package "left-pad-of-nobody" is not one that is tested here',
      'there is no script "no-such"',
      'nothing is known of the command "frobnicate it"',
    ]);
  });
});

describe('commands that a text quotes', () => {
  it('are held to the same', () => {
    expect(quotedCommandFaults('Run `npm run no-such -- --fast` or `npm test`.')).toEqual([
      'there is no script "no-such"',
    ]);
  });
});
