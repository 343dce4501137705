import { join } from 'node:path';
import { Application, type DeclarationReflection, type ProjectReflection } from 'typedoc';
import { workspaceRoot } from './document.js';

const entries = {
  alerting: ['index', 'redis', 'postgres', 'testing'],
  anomaly: ['index'],
  logging: ['index', 'fastify', 'pino', 'testing'],
  metrics: ['index'],
  tracing: [
    ...['index', 'node', 'register', 'fastify', 'testing'],
    ...['openai', 'anthropic', 'google-genai', 'ai-sdk', 'langchain'],
  ],
};

/** The reference of everything that the packages export. */
export class ApiReference {
  readonly #application: Application;
  readonly #project: ProjectReflection;

  private constructor(application: Application, project: ProjectReflection) {
    this.#application = application;
    this.#project = project;
  }

  /** Reads the sources. That they compile is the build's affair. */
  static async read(): Promise<ApiReference> {
    const application = await Application.bootstrap({
      name: 'LLM observability',
      entryPoints: Object.entries(entries).flatMap(([name, files]) =>
        files.map((file) => join(workspaceRoot, 'packages', name, 'src', `${file}.ts`)),
      ),
      tsconfig: join(workspaceRoot, 'tools/docs-check/typedoc.tsconfig.json'),
      readme: 'none',
      excludePrivate: true,
      excludeExternals: true,
      disableSources: true,
      skipErrorChecking: true,
      logLevel: 'Error',
    });
    const project = await application.convert();
    if (project === undefined) throw new Error('typedoc cannot read the sources');
    return new ApiReference(application, project);
  }

  /** Exports of an entry that have no documentation, as `tracing/src/node: setupTracing`. */
  undocumented(): readonly string[] {
    return (this.#project.children ?? []).flatMap((entry) =>
      (entry.children ?? [])
        .filter((exported) => !isDocumented(exported))
        .map(({ name }) => `${entry.name}: ${name}`),
    );
  }

  get size(): number {
    return (this.#project.children ?? []).flatMap((entry) => entry.children ?? []).length;
  }

  /** Writes it as pages of HTML. */
  write(folder: string): Promise<void> {
    return this.#application.generateDocs(this.#project, folder);
  }
}

function isDocumented(exported: DeclarationReflection): boolean {
  return (
    exported.hasComment() ||
    // Exported by another entry as well, where it is looked at.
    exported.variant === ('reference' as string) ||
    (exported.signatures ?? []).some((signature) => signature.hasComment())
  );
}
