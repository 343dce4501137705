import type { Context, TextMapGetter, TextMapPropagator, TextMapSetter } from '@opentelemetry/api';
import { CorrelationPropagator } from '../correlation-propagator.js';
import { counters } from '../stats.js';
import { loadPackage } from './optional-package.js';
import type { PropagatorName } from './propagator-name.js';
import type { SetupPlan } from './setup-plan.js';
import { BaggagePropagator, TraceContextPropagator } from './w3c-propagator.js';

interface B3Module {
  readonly B3Propagator: new (config?: object) => TextMapPropagator;
  readonly B3InjectEncoding: { readonly MULTI_HEADER: number };
}
interface JaegerModule {
  readonly JaegerPropagator: new () => TextMapPropagator;
}

const packages: Partial<Record<PropagatorName, string>> = {
  b3: '@opentelemetry/propagator-b3',
  b3multi: '@opentelemetry/propagator-b3',
  jaeger: '@opentelemetry/propagator-jaeger',
};
const usual: readonly PropagatorName[] = ['tracecontext', 'baggage'];

/** The packages that the propagators of a plan need. */
export function propagatorPackages({ propagators = usual }: SetupPlan): readonly string[] {
  return propagators.flatMap((name) => packages[name] ?? []);
}

/**
 * The propagator that a plan asks for. By default trace identities go both ways, and baggage and
 * correlation ids are read only: whom they are told is a matter of `propagateTo`.
 */
export function createPropagator(plan: SetupPlan): TextMapPropagator {
  const made = (plan.propagators ?? usual).flatMap((name) => create(name, plan) ?? []);
  return new Propagators(made);
}

function create(
  name: PropagatorName,
  { propagators, propagateTo }: SetupPlan,
): TextMapPropagator | undefined {
  const module = packages[name] === undefined ? undefined : loadPackage(packages[name]);
  switch (name) {
    case 'none':
      return undefined;
    case 'tracecontext':
      return new TraceContextPropagator();
    case 'baggage':
      // Whoever names it wants all of it.
      return new BaggagePropagator(propagators !== undefined);
    case 'correlation':
      return new CorrelationPropagator({ hosts: propagateTo });
    case 'b3':
      return new (module as B3Module).B3Propagator();
    case 'b3multi': {
      const { B3Propagator, B3InjectEncoding } = module as B3Module;
      return new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER });
    }
    case 'jaeger':
      return new (module as JaegerModule).JaegerPropagator();
  }
}

/** One after the other; one that throws costs its own headers. */
class Propagators implements TextMapPropagator {
  readonly #propagators: readonly TextMapPropagator[];

  constructor(propagators: readonly TextMapPropagator[]) {
    this.#propagators = propagators;
  }

  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    for (const propagator of this.#propagators) {
      try {
        propagator.inject(context, carrier, setter);
      } catch {
        counters.internalErrors++;
      }
    }
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    let extracted = context;
    for (const propagator of this.#propagators) {
      try {
        extracted = propagator.extract(extracted, carrier, getter);
      } catch {
        counters.internalErrors++;
      }
    }
    return extracted;
  }

  fields(): string[] {
    return [...new Set(this.#propagators.flatMap((propagator) => propagator.fields()))];
  }
}
