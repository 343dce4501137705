import { Registry, type RegistryContentType, type PrometheusContentType } from 'prom-client';
import { registryText } from './registry-text.js';
import type { TextFormat } from './text-format.js';

/**
 * prom-client's Registry, whose text is built in slices between which other work goes on. The text
 * is the same, prom-client's own metrics included; calls at the same time share one run.
 */
export class MetricsRegistry<
  T extends RegistryContentType = PrometheusContentType,
> extends Registry<T> {
  readonly #running = new Map<TextFormat, Promise<string>>();

  /** The text in the format of `contentType`. */
  override metrics(): Promise<string> {
    return this.text(formatOf(this.contentType));
  }

  /** The text in the given format, whatever `contentType` is. */
  text(format: TextFormat): Promise<string> {
    let running = this.#running.get(format);
    if (running === undefined) {
      running = this.#join(format).finally(() => this.#running.delete(format));
      this.#running.set(format, running);
    }
    return running;
  }

  async #join(format: TextFormat): Promise<string> {
    let text = '';
    for await (const chunk of registryText(this, format)) text += chunk;
    return text;
  }
}

/** The content type of each format. */
export const contentTypes: Readonly<Record<TextFormat, RegistryContentType>> = {
  prometheus: Registry.PROMETHEUS_CONTENT_TYPE,
  openmetrics: Registry.OPENMETRICS_CONTENT_TYPE,
};

/** The format of a registry's content type. */
export function formatOf(contentType: string): TextFormat {
  return contentType.startsWith('application/openmetrics-text') ? 'openmetrics' : 'prometheus';
}
