/** The n-th alert of a measurement, as a monitor of models would raise it. */
export interface SampleAlert {
  readonly key: string;
  readonly labels: { readonly model: string; readonly team: string };
  readonly annotations: { readonly summary: string };
}

/** Distinct for each name; the same for the alerting system and its peers. */
export function sampleAlert(name: string): SampleAlert {
  return {
    key: `model_anomaly_${name}`,
    labels: { model: name, team: 'inference' },
    annotations: { summary: `Inference latency of ${name} is 3.4 deviations above its baseline` },
  };
}
