import {
  trace,
  type Context,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api';
import { TracingConfigError } from './config-error.js';
import { correlationIdKey } from './context-scope.js';
import { llmContext } from './context.js';
import { isCorrelationId } from './correlation-id.js';
import { hostList, type HostList } from './host-list.js';
import { counters } from './stats.js';

/** Which hosts are told the id, and how. */
export interface CorrelationPropagatorOptions {
  /** Hosts that are told the id: `api.example.com`, `*.internal`, `localhost:8080`, or `*` for all, and for carriers that are no HTTP request. Default none: the propagator reads only. */
  readonly hosts?: readonly string[] | undefined;
  /** Header that carries the id. Default `X-Correlation-ID`. */
  readonly headerName?: string | undefined;
}

/**
 * An OpenTelemetry propagator of the correlation id, for a provider that somebody else sets up. It reads
 * the id of incoming requests, and writes it to requests whose span names an allowed host
 * (`server.address`); of a span that is not recorded the host is not known. Where that matters, use
 * `propagateCorrelation`, which needs no spans.
 *
 * @throws TracingConfigError naming the option that is wrong
 */
export class CorrelationPropagator implements TextMapPropagator {
  readonly #header: string;
  readonly #allows: HostList;
  readonly #allowsAll: boolean;

  constructor({ hosts = [], headerName = 'X-Correlation-ID' }: CorrelationPropagatorOptions = {}) {
    if (typeof headerName !== 'string' || !/^[A-Za-z0-9-]{1,128}$/.test(headerName)) {
      throw new TracingConfigError('headerName', 'the name of an HTTP header', headerName);
    }
    this.#header = headerName.toLowerCase();
    this.#allows = hostList(hosts, 'hosts');
    this.#allowsAll = hosts.includes('*');
  }

  inject(active: Context, carrier: unknown, setter: TextMapSetter): void {
    try {
      const id = llmContext.getStore()?.correlationId ?? active.getValue(correlationIdKey);
      if (isCorrelationId(id) && (this.#allowsAll || this.#allowsHostOf(active))) {
        setter.set(carrier, this.#header, id);
      }
    } catch {
      counters.internalErrors++;
    }
  }

  extract(active: Context, carrier: unknown, getter: TextMapGetter): Context {
    try {
      const value = getter.get(carrier, this.#header);
      const id = Array.isArray(value) && value.length === 1 ? value[0] : value;
      return isCorrelationId(id) ? active.setValue(correlationIdKey, id) : active;
    } catch {
      counters.internalErrors++;
      return active;
    }
  }

  fields(): string[] {
    return [this.#header];
  }

  #allowsHostOf(active: Context): boolean {
    const span = trace.getSpan(active) as { attributes?: Record<string, unknown> } | undefined;
    const host = span?.attributes?.['server.address'];
    const port = span?.attributes?.['server.port'];
    return (
      typeof host === 'string' && this.#allows(host, typeof port === 'number' ? port : undefined)
    );
  }
}
