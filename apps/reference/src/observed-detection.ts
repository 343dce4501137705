import { trackBusinessMetrics, type BusinessMetrics } from '@llm/metrics';
import { traceFunction } from '@llm/tracing';
import type { Detection } from './detectors/detector.js';
import type { MapperOptions } from './mapper.js';
import type { ModelCalls } from './model-calls.js';

/** Detectors with a span, their metrics, and their row for the dashboard around them; mappings as metrics. */
export function observeDetection(
  metrics: BusinessMetrics,
  calls: ModelCalls,
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
            calls.record({
              model,
              startedAt,
              durationMillis: performance.now() - start,
              failed: found === undefined,
              confidences: found?.map(({ confidence }) => confidence) ?? [],
            });
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
