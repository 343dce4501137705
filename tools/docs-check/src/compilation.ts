import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { namingDocuments, type ProgramBlock } from './program-blocks.js';

/** A line of a document at which a block does not compile. */
export interface CompileError {
  readonly block: ProgramBlock;
  /** `packages/alerting/README.md:24: Cannot find name 'pool'.` */
  readonly message: string;
}

const common: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ['lib.es2023.d.ts'],
  types: ['node'],
  esModuleInterop: true,
  skipLibCheck: true,
  sourceMap: true,
};
/** TypeScript at its strictest. */
const strict = { strict: true, exactOptionalPropertyTypes: true, noImplicitOverride: true };
const legacyDecorators = { ...strict, experimentalDecorators: true, emitDecoratorMetadata: true };
/** What a compiler can say of JavaScript without types of its own. */
const unannotated = { allowJs: true, checkJs: true, strict: false };

/**
 * Compiles blocks, all of a language by one program, and writes them as modules that run: `folder` holds the sources,
 * `folder/run` what runs. It lies in the workspace, so that the packages resolve as they do for users.
 */
export function compileBlocks(
  blocks: readonly ProgramBlock[],
  folder: string,
): readonly CompileError[] {
  rmSync(folder, { recursive: true, force: true });
  for (const { file, source } of blocks) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), source);
  }
  const kinds = new Map<ts.CompilerOptions, ProgramBlock[]>();
  for (const block of blocks) {
    const kind = optionsOf(block);
    kinds.set(kind, [...(kinds.get(kind) ?? []), block]);
  }
  const host = cachingHost();
  return [...kinds].flatMap(([options, chosen]) => compile(chosen, folder, host, options));
}

function optionsOf({ file, block }: ProgramBlock): ts.CompilerOptions {
  if (file.endsWith('.js')) return unannotated;
  return block.directive.legacyDecorators ? legacyDecorators : strict;
}

function compile(
  blocks: readonly ProgramBlock[],
  folder: string,
  host: ts.CompilerHost,
  options: ts.CompilerOptions,
): readonly CompileError[] {
  const byPath = new Map(blocks.map((block) => [join(folder, block.file), block]));
  const program = ts.createProgram({
    rootNames: [...byPath.keys()],
    host,
    options: {
      ...common,
      ...options,
      rootDir: folder,
      outDir: join(folder, 'run'),
    },
  });
  program.emit();
  return ts.getPreEmitDiagnostics(program).flatMap((diagnostic) => {
    const { file, start = 0, messageText } = diagnostic;
    const block = file && byPath.get(file.fileName);
    const text = ts.flattenDiagnosticMessageText(messageText, '\n');
    if (block === undefined) throw new Error(`the blocks cannot be compiled: ${text}`);
    const line = (file?.getLineAndCharacterOfPosition(start).line ?? 0) + 1;
    const message = `${block.block.document}:${line}: ${namingDocuments(text, folder)}`;
    return [{ block, message }];
  });
}

/** Declarations of libraries are parsed once for all programs. */
function cachingHost(): ts.CompilerHost {
  const host = ts.createCompilerHost(common);
  const parsed = new Map<string, ts.SourceFile | undefined>();
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (fileName, language, ...rest) => {
    if (!parsed.has(fileName)) parsed.set(fileName, getSourceFile(fileName, language, ...rest));
    return parsed.get(fileName);
  };
  return host;
}
