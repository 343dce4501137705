import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { label } from './cut.js';
import type { ReleasedPackage } from './manifests.js';
import { output, run, type Surroundings } from './program.js';

/** Writes what each package brings along, as CycloneDX, into a file named by package and version. */
export async function writeBillsOfMaterials(
  { cwd, env }: Surroundings,
  packages: readonly ReleasedPackage[],
  directory: string,
): Promise<readonly string[]> {
  mkdirSync(directory, { recursive: true });
  const files: string[] = [];
  for (const released of packages) {
    const manifest = readFileSync(join(cwd, released.directory, 'package.json'), 'utf8');
    const bill = await billOfMaterials(manifest, env);
    const file = join(directory, `${label(released).replace('@', '').replace('/', '-')}.cdx.json`);
    writeFileSync(file, `${JSON.stringify(bill, null, 2)}\n`);
    files.push(file);
  }
  return files;
}

interface Bill {
  readonly metadata: { readonly component: { name: string } };
}

/**
 * Asked of a workspace, npm lists its tools and loses some dependencies, so it is asked in a folder where nothing but
 * the package is, as it is for its users.
 */
async function billOfMaterials(manifest: string, env: NodeJS.ProcessEnv): Promise<Bill> {
  const published = JSON.parse(manifest) as Record<string, unknown> & { name: string };
  delete published['devDependencies'];
  delete published['scripts'];
  const cwd = mkdtempSync(join(tmpdir(), 'bill-'));
  try {
    writeFileSync(join(cwd, 'package.json'), JSON.stringify(published));
    await run({ cwd, env }, 'npm', 'install', '--package-lock-only', '--no-audit', '--no-fund');
    const text = await output(
      { cwd, env },
      ...(['npm', 'sbom', '--package-lock-only'] as const),
      ...['--sbom-format', 'cyclonedx', '--sbom-type', 'library'],
    );
    const bill = JSON.parse(text) as Bill;
    // npm calls it by the folder.
    bill.metadata.component.name = published.name;
    return bill;
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}
