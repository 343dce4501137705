import type { Context, TextMapGetter, TextMapPropagator, TextMapSetter } from '@opentelemetry/api';
import type * as CoreModule from '@opentelemetry/core';
import { CorrelationPropagator } from '../correlation-propagator.js';
import { loadPackage } from './optional-package.js';
import type { PropagatorName } from './propagator-name.js';
import type { SetupPlan } from './setup-plan.js';

interface Recipe {
  readonly package: string;
  readonly create: (module: unknown) => TextMapPropagator;
}

const corePackage = '@opentelemetry/core';
const b3Package = '@opentelemetry/propagator-b3';

const recipes: Readonly<Record<Exclude<PropagatorName, 'none' | 'correlation'>, Recipe>> = {
  tracecontext: {
    package: corePackage,
    create: (module) => new (module as typeof CoreModule).W3CTraceContextPropagator(),
  },
  baggage: {
    package: corePackage,
    create: (module) => new (module as typeof CoreModule).W3CBaggagePropagator(),
  },
  b3: {
    package: b3Package,
    create: (module) => new (module as B3Module).B3Propagator(),
  },
  b3multi: {
    package: b3Package,
    create: (module) => {
      const { B3Propagator, B3InjectEncoding } = module as B3Module;
      return new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER });
    },
  },
  jaeger: {
    package: '@opentelemetry/propagator-jaeger',
    create: (module) => new (module as JaegerModule).JaegerPropagator(),
  },
};

interface B3Module {
  readonly B3Propagator: new (config?: object) => TextMapPropagator;
  readonly B3InjectEncoding: { readonly MULTI_HEADER: number };
}
interface JaegerModule {
  readonly JaegerPropagator: new () => TextMapPropagator;
}

/** The packages that the propagators of a plan need. */
export function propagatorPackages({ propagators }: SetupPlan): readonly string[] {
  const named = propagators ?? (['tracecontext', 'baggage'] as const);
  return named.flatMap((name) =>
    name === 'none' || name === 'correlation' ? [] : [recipes[name].package],
  );
}

/**
 * The propagator that a plan asks for. By default trace identities go both ways, and baggage and
 * correlation ids are read only: whom they are told is a matter of `propagateTo`.
 */
export function createPropagator(plan: SetupPlan): TextMapPropagator {
  const { CompositePropagator } = loadPackage(corePackage) as typeof CoreModule;
  const { propagators, propagateTo } = plan;
  const given = propagators?.filter((name) => name !== 'none') ?? [
    'tracecontext' as const,
    'baggage' as const,
  ];
  const made = given.map((name): TextMapPropagator => {
    if (name === 'correlation') return new CorrelationPropagator({ hosts: propagateTo });
    const recipe = recipes[name];
    const propagator = recipe.create(loadPackage(recipe.package));
    return name === 'baggage' && propagators === undefined
      ? new ReadOnlyPropagator(propagator)
      : propagator;
  });
  return new CompositePropagator({ propagators: made });
}

/** Takes what comes in, and writes nothing. */
class ReadOnlyPropagator implements TextMapPropagator {
  readonly #propagator: TextMapPropagator;

  constructor(propagator: TextMapPropagator) {
    this.#propagator = propagator;
  }

  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- the interface's
  inject(_context: Context, _carrier: unknown, _setter: TextMapSetter): void {
    // See propagateTo.
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    return this.#propagator.extract(context, carrier, getter);
  }

  fields(): string[] {
    return this.#propagator.fields();
  }
}
