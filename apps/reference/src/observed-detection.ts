import { trackBusinessMetrics, type BusinessMetrics, type ModelCallWriter } from '@llm/metrics';
import { traceFunction } from '@llm/tracing';
import type { Detection } from './detectors/detector.js';
import type { MapperOptions } from './mapper.js';
import type { ModelWindows } from './model-windows.js';

/** Detectors with a span, their metrics, their row for the dashboard and their part in the monitor's window around them; mappings as metrics. */
export function observeDetection(
  metrics: BusinessMetrics,
  calls: ModelCallWriter,
  windows: ModelWindows,
): Pick<MapperOptions, 'observed' | 'onMapped'> {
  const { mappingConfidence, complianceViolations } = metrics;
  return {
    observed: (detector) => {
      const { name: model, version } = detector;
      const track = trackBusinessMetrics(metrics, {
        modelName: model,
        modelVersion: version,
        detectorType: model,
      });
      const trace = traceFunction(`detect ${model}`);
      return trace(
        track(async (text: string) => {
          const startedAt = new Date();
          const start = performance.now();
          let found: readonly Detection[] | undefined;
          try {
            return (found = await detector.detect(text));
          } finally {
            const durationMillis = performance.now() - start;
            const failed = found === undefined;
            const confidences = found?.map(({ confidence }) => confidence) ?? [];
            calls.record({
              model,
              startedAt,
              durationMillis,
              status: failed ? 'error' : 'success',
            });
            windows.record({ model, durationMillis, failed, confidences });
          }
        }),
      );
    },
    onMapped: (mappings) => {
      for (const { framework, category, severity, confidence } of mappings) {
        mappingConfidence.observe({ framework, category }, confidence);
        complianceViolations.inc({ framework, category, severity });
      }
    },
  };
}
