import { readdirSync, readFileSync } from 'node:fs';

const manifestOf = (workspace) => JSON.parse(readFileSync(`${workspace}/package.json`, 'utf8'));
const { scripts } = manifestOf('.');

/** The sources of what the commands of package.json run: `node tools/bench/dist/x.js` is `src/x.ts` there. */
const commandsOf = (workspace) =>
  Object.values(scripts).flatMap((script) =>
    [...script.matchAll(/\bnode (?:-\S+ )*(\S+)\/dist\/(\S+)\.js/g)]
      .filter(([, owner]) => owner === workspace)
      .map(([, , file]) => `src/${file}.ts`),
  );

const pages = ['docs', 'packages']
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.md') && !file.includes('node_modules'))
      .map((file) => readFileSync(`${folder}/${file}`, 'utf8')),
  )
  .join('\n');
const documented = Object.keys(manifestOf('tools/docs-check').devDependencies).filter(
  (name) => pages.includes(`'${name}'`) || pages.includes(`'${name}/`),
);

export default {
  // A shape is exported with the function that speaks of it.
  ignoreExportsUsedInFile: { interface: true, type: true },
  workspaces: {
    '.': { entry: ['tools/*.js'] },
    'apps/reference': {
      entry: [...commandsOf('apps/reference'), 'page/{login,main,tenant}.js'],
      // The service hands their files on to browsers.
      ignoreDependencies: ['uplot', 'axe-core'],
      ignoreUnresolved: ['./uplot/uPlot.esm.js'],
    },
    'packages/*': { entry: ['src/*.ts'] },
    // Every POSIX system has it.
    'packages/logging': { entry: ['src/*.ts'], ignoreBinaries: ['mkfifo'] },
    'packages/tracing': {
      entry: ['src/*.ts', 'test/fixtures/*.js'],
      // Loaded by name, where the host has them.
      ignoreDependencies: [/^@opentelemetry\/(?:instrumentation|propagator)-/, '@fastify/otel'],
    },
    // Processes of their own are started by name.
    'tools/bench': {
      entry: [...commandsOf('tools/bench'), 'src/*/*-process.ts', 'src/tracing/prober.ts'],
    },
    'tools/docs-check': {
      entry: commandsOf('tools/docs-check'),
      ignoreDependencies: [
        // Imported by the code of READMEs and guides, which docs-check compiles and runs.
        ...documented,
        // NestJS asks for them.
        ...['@nestjs/platform-express', 'reflect-metadata', 'rxjs'],
      ],
    },
    // Programs of users, which are compiled and run where the packages are installed.
    'tools/package-check': { entry: commandsOf('tools/package-check'), ignore: ['fixtures/**'] },
    'tools/release': { entry: commandsOf('tools/release') },
  },
};
