import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { runBlock } from '../src/block-run.js';
import { codeBlocks, type CodeBlock } from '../src/code-block.js';
import { compileBlocks } from '../src/compilation.js';
import { dataFault } from '../src/data-block.js';
import { documents } from '../src/document.js';
import { deadLinks } from '../src/link.js';
import { programBlocks } from '../src/program-blocks.js';
import { Services } from '../src/services.js';
import { quotedCommandFaults, shellFaults } from '../src/shell-block.js';

const folder = fileURLToPath(new URL('../out-tsc/blocks', import.meta.url));
const pages = documents();
const blocksOf = new Map(pages.map((page) => [page.path, codeBlocks(page)]));
const blocks = [...blocksOf.values()].flat();
const programs = [...blocksOf.values()].flatMap(programBlocks);
const errors = compileBlocks(programs, folder);

const services = new Services();
afterAll(() => services.stop());

const place = ({ document, line }: CodeBlock): string => `${document}:${line}`;

describe('every block of code in a README or a guide', () => {
  it('is in a language that is checked', () => {
    const languages = new Set(['ts', 'js', 'json', 'yaml', 'sh', '']);
    expect(blocks.filter(({ language }) => !languages.has(language)).map(place)).toEqual([]);
  });

  it('runs, unless it says why not', () => {
    const excuses = blocks.flatMap((block) =>
      block.directive.notRun === undefined ? [] : [`${block.document}: ${block.directive.notRun}`],
    );
    expect(excuses).toEqual([
      'docs/guides/acknowledge-from-a-phone.md: it calls the service that the reader has started',
    ]);
  });
});

describe.concurrent('a program', () => {
  it.each(programs.map((program) => [place(program.block), program] as const))(
    'of %s compiles and runs',
    async (_place, program) => {
      const compileErrors = errors.filter(({ block }) => block === program);
      expect(compileErrors.map(({ message }) => message).join('\n')).toBe('');
      if (program.block.directive.notRun !== undefined) return;
      const files = blocksOf.get(program.block.document) ?? [];
      const { failure } = await runBlock(program, folder, files, services);
      if (failure !== undefined) throw new Error(`${place(program.block)} fails:\n${failure}`);
    },
  );
});

describe('other blocks', () => {
  it('of data can be parsed', () => {
    const faults = blocks.flatMap((block) => {
      const fault = dataFault(block.language, block.code.text);
      return fault === undefined ? [] : [`${place(block)}: ${fault}`];
    });
    expect(faults).toEqual([]);
  });

  it('of commands name packages, scripts and files that there are', () => {
    const shell = blocks.filter(
      ({ language, directive }) => language === 'sh' && directive.notRun === undefined,
    );
    const faults = shell.flatMap((block) =>
      shellFaults(block.code.text).map((fault) => `${place(block)}: ${fault}`),
    );
    expect(faults).toEqual([]);
  });
});

describe('a page', () => {
  it.each(pages)('$path names scripts that there are, and links to what is there', (page) => {
    expect(deadLinks(page)).toEqual([]);
    expect(quotedCommandFaults(page.text)).toEqual([]);
  });
});
