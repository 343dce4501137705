import { define } from './metric-definition.js';

/** What label limits folded; one such metric in a registry, whichever instruments are in it. */
export const foldedObservations = define(
  'metrics_folded_observations_total',
  'Observations recorded under __other__ because a label of theirs had reached its limit.',
  ['metric', 'label'],
);

/** The five business metrics and the count of what their label limits folded. */
export const businessCatalogue = {
  detectorRequests: define(
    'detector_requests_total',
    'Requests handled by a detector, by outcome.',
    ['detector_type', 'tenant_id', 'status'],
  ),
  mappingConfidence: define(
    'mapping_confidence_score',
    'Confidence of mappings to framework controls, from 0 to 1.',
    ['framework', 'category'],
  ),
  complianceViolations: define(
    'compliance_violations_total',
    'Compliance violations found, by framework, severity and category.',
    ['framework', 'severity', 'category'],
  ),
  modelInferenceTime: define(
    'model_inference_duration_seconds',
    'Time that a model call took, in seconds.',
    ['model_name', 'model_version'],
  ),
  activeTenants: define('active_tenants_count', 'Tenants active within the activity window.', []),
  foldedObservations,
} as const;

type Catalogue = typeof businessCatalogue;

/** The label names of the metric `K`. */
export type LabelsOf<K extends keyof Catalogue> = Catalogue[K]['labelNames'][number];

/** The labels whose values come from the application, and are therefore limited. */
export type BusinessLabel = LabelsOf<
  'detectorRequests' | 'mappingConfidence' | 'complianceViolations' | 'modelInferenceTime'
>;
