import type { MonitorOptions } from '@llm/anomaly';

/** What a change of a detector's features has to come to before anybody is told. */
export const monitoredFeatures: NonNullable<MonitorOptions['features']> = {
  // Smaller changes are the machine's, not the model's: a pause of the process, a heap that fills.
  inference_latency: {
    minChange: { relative: 1, absolute: 50 },
    minJump: { relative: 4, absolute: 150 },
    certainJump: { relative: 6, absolute: 300 },
  },
  memory_usage: {
    minChange: { relative: 1, absolute: 256e6 },
    minJump: { relative: 2, absolute: 512e6 },
    certainJump: { relative: 4, absolute: 1e9 },
  },
  // Detectors are 0.5 to 1 sure of a finding, and which findings come is the clients' affair; so is a model surer than ever.
  avg_confidence: {
    direction: 'down',
    minChange: { absolute: 0.3 },
    minJump: { absolute: 0.4 },
  },
  // Real clients come in waves, from a twentieth of the usual to twice of it within a minute: an outage is more.
  throughput: {
    minChange: { relative: 9 },
    minJump: { relative: 19 },
    certainJump: { relative: 39 },
  },
};
