import { register, syncBuiltinESMExports } from 'node:module';
import { diag } from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { ownRequire, ownUrl } from '../own-require.js';
import { isFastify } from './app-kind.js';
import { instrumentationNames as names, type InstrumentationName } from './instrumentation-name.js';
import { installCommand, isInstalled, loadPackage } from './optional-package.js';
import type { SetupPlan } from './setup-plan.js';

interface Recipe {
  readonly package: string;
  readonly exportName: string;
  /** Packages that it patches when they are loaded. */
  readonly patches: readonly string[];
  readonly config: (plan: SetupPlan) => object;
}

const commandOnly = (command: string): string => command;

const recipes: Readonly<Record<InstrumentationName, Recipe>> = {
  http: {
    package: '@opentelemetry/instrumentation-http',
    exportName: 'HttpInstrumentation',
    patches: [],
    // Requests that come in are ours: see http-server.ts.
    config: () => ({ disableIncomingRequestInstrumentation: true }),
  },
  fetch: {
    package: '@opentelemetry/instrumentation-undici',
    exportName: 'UndiciInstrumentation',
    patches: [],
    config: () => ({}),
  },
  fastify: {
    package: '@fastify/otel',
    exportName: 'FastifyOtelInstrumentation',
    patches: [],
    config: ({ app, frameworkSpans, ignoreIncomingPaths }) => ({
      // Applications made from now on are found by themselves; one that exists is given as `app`.
      registerOnInitialization: !isFastify(app),
      instrumentHooks: frameworkSpans,
      instrumentHandler: frameworkSpans,
      ignorePaths: ({ url }: { url: string }) =>
        ignoreIncomingPaths.includes(url.split('?', 1)[0] ?? ''),
    }),
  },
  express: {
    package: '@opentelemetry/instrumentation-express',
    exportName: 'ExpressInstrumentation',
    patches: ['express'],
    config: ({ frameworkSpans }) =>
      frameworkSpans ? {} : { ignoreLayersType: ['middleware', 'router', 'request_handler'] },
  },
  pg: {
    package: '@opentelemetry/instrumentation-pg',
    exportName: 'PgInstrumentation',
    patches: ['pg', 'pg-pool'],
    config: () => ({ ignoreConnectSpans: true }),
  },
  ioredis: {
    package: '@opentelemetry/instrumentation-ioredis',
    exportName: 'IORedisInstrumentation',
    patches: ['ioredis'],
    config: ({ recordQueryText }) =>
      recordQueryText ? {} : { dbStatementSerializer: commandOnly },
  },
  redis: {
    package: '@opentelemetry/instrumentation-redis',
    exportName: 'RedisInstrumentation',
    patches: ['redis', '@redis/client'],
    config: ({ recordQueryText }) =>
      recordQueryText ? {} : { dbStatementSerializer: commandOnly },
  },
};

/**
 * What to instrument, the packages without which that cannot be done, and those that would instrument
 * more of what the application has.
 */
export function chooseInstrumentations(plan: SetupPlan): {
  chosen: readonly InstrumentationName[];
  packages: readonly string[];
  suggested: readonly string[];
} {
  const needed = new Set(plan.instrumentations ?? (['http', 'fetch'] as const));
  if (isFastify(plan.app)) needed.add('fastify');
  const chosen = new Set<InstrumentationName>(needed);
  if (plan.instrumentations === undefined) {
    for (const name of names)
      if (!isByPackage(name, plan) || isInstalled(recipes[name].package)) chosen.add(name);
  }
  for (const name of plan.disabledInstrumentations) {
    needed.delete(name);
    chosen.delete(name);
  }
  const packages = [...needed]
    .filter((name) => isByPackage(name, plan))
    .map((name) => recipes[name].package);
  if ([...chosen].some((name) => isByPackage(name, plan))) {
    packages.push('@opentelemetry/instrumentation');
  }
  const suggested = names
    .filter((name) => plan.instrumentations === undefined && !chosen.has(name))
    .filter((name) => !plan.disabledInstrumentations.includes(name))
    .map((name) => recipes[name])
    .filter(({ patches: [client] }) => client !== undefined && isInstalled(client))
    .map((recipe) => recipe.package);
  return { chosen: [...chosen], packages, suggested };
}

/** Fastify's routes and ids come by hooks of our own; its package is for those who want more spans. */
function isByPackage(name: InstrumentationName, { frameworkSpans }: SetupPlan): boolean {
  return name !== 'fastify' || frameworkSpans;
}

/** The instrumentations, not yet enabled on anything that is loaded already. */
export function createInstrumentations(
  chosen: readonly InstrumentationName[],
  plan: SetupPlan,
): { readonly name: InstrumentationName; readonly instrumentation: Instrumentation }[] {
  const byPackage = chosen.filter((name) => isByPackage(name, plan));
  return byPackage.map((name) => {
    const recipe = recipes[name];
    const module = loadPackage(recipe.package) as Record<
      string,
      new (config: object) => Instrumentation
    >;
    const Constructor = module[recipe.exportName];
    if (Constructor === undefined) {
      throw new Error(
        `${recipe.package} has no ${recipe.exportName}; try ${installCommand([recipe.package])}`,
      );
    }
    return { name, instrumentation: new Constructor(recipe.config(plan)) };
  });
}

let hooked = false;

/**
 * Makes patches reach modules however they are loaded: `import`s from now on, by a loader hook; what is
 * loaded already, by requiring it again, as patches change prototypes that all have in common.
 */
export function reachModules(chosen: readonly InstrumentationName[]): void {
  const packages = chosen.flatMap((name) => recipes[name].patches);
  if (!hooked && packages.length > 0) {
    hooked = true;
    try {
      // Only what is patched goes through the hook: all other imports stay as they are.
      register('@opentelemetry/instrumentation/hook.mjs', ownUrl, {
        data: { include: names.flatMap((name) => recipes[name].patches) },
      });
    } catch (error) {
      diag.warn(
        '@llm/tracing: no loader hook, ES modules loaded later are not instrumented',
        error,
      );
    }
  }
  if (chosen.includes('http')) {
    ownRequire('node:http');
    ownRequire('node:https');
    // So that `import { request } from 'node:http'` is the patched one as well.
    syncBuiltinESMExports();
  }
  const folders = packages.map((name) => `/node_modules/${name}/`);
  for (const file of Object.keys(ownRequire.cache)) {
    const path = file.replaceAll('\\', '/');
    if (!folders.some((folder) => path.includes(folder))) continue;
    try {
      ownRequire(file);
    } catch {
      // A module that failed when it was loaded first fails again; that is its owner's to see.
    }
  }
}
