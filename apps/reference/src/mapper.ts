import { getCorrelationId } from '@llm/tracing';
import type pg from 'pg';
import type { Detection, Detector } from './detectors/detector.js';
import type { Control } from './taxonomy.js';

export interface Finding extends Detection {
  readonly detector: string;
}

/** A finding's effect on one control. */
export interface Mapping extends Control {
  readonly category: string;
  readonly detector: string;
  readonly confidence: number;
}

export interface MappedText {
  readonly findings: readonly Finding[];
  readonly mappings: readonly Mapping[];
}

export interface MapperOptions {
  readonly detectors: readonly Detector[];
  readonly controlsOf: (category: Detection['category']) => readonly Control[];
  readonly identityOf: (text: string) => string;
  readonly pool: Pick<pg.Pool, 'query'>;
  /** How a detector is called: with what observes it around it. */
  readonly observed: (detector: Detector) => Detect;
  /** Called with what was stored. */
  readonly onMapped: (mappings: readonly Mapping[]) => void;
}

/** Detectors that failed. Nothing of the text is stored then: a mapping is whole, or it is an error. */
export class DetectionError extends AggregateError {
  override readonly name = 'DetectionError';
  readonly detectors: readonly string[];

  constructor(failures: ReadonlyMap<string, unknown>) {
    super([...failures.values()], `Detectors failed: ${[...failures.keys()].join(', ')}`);
    this.detectors = [...failures.keys()];
  }
}

/** The database did not take the mappings. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
}

export type Detect = (text: string) => Promise<readonly Detection[]>;

/** Finds what a text holds, maps it to controls, and stores the mappings. */
export class Mapper {
  readonly #options: MapperOptions;
  readonly #detectors: ReadonlyMap<string, Detect>;

  constructor(options: MapperOptions) {
    this.#options = options;
    this.#detectors = new Map(
      options.detectors.map((detector) => [detector.name, options.observed(detector)]),
    );
  }

  /**
   * @param tenantId who asks; stored with the mappings
   * @throws DetectionError when a detector fails, StorageError when the database does
   */
  async map(text: string, tenantId: string | undefined): Promise<MappedText> {
    const findings = await this.#detect(text);
    const mappings = findings.flatMap((finding) =>
      this.#options.controlsOf(finding.category).map((control) => ({
        ...control,
        category: finding.category,
        detector: finding.detector,
        confidence: finding.confidence,
      })),
    );
    if (mappings.length > 0) await this.#store(text, tenantId, mappings);
    this.#options.onMapped(mappings);
    return { findings, mappings };
  }

  async #detect(text: string): Promise<Finding[]> {
    const failures = new Map<string, unknown>();
    const findings: Finding[] = [];
    // One after the other: they share a thread, and side by side each would be timed with the others.
    for (const [detector, detect] of this.#detectors) {
      try {
        for (const detection of await detect(text)) findings.push({ ...detection, detector });
      } catch (error) {
        failures.set(detector, error);
      }
    }
    if (failures.size > 0) throw new DetectionError(failures);
    return findings;
  }

  async #store(
    text: string,
    tenantId: string | undefined,
    mappings: readonly Mapping[],
  ): Promise<void> {
    const { pool, identityOf } = this.#options;
    const column = (name: keyof Mapping): unknown[] => mappings.map((mapping) => mapping[name]);
    try {
      await pool.query(
        `insert into compliance_mappings (correlation_id, tenant_id, text_hmac, detector, framework,
           framework_version, control, category, severity, confidence)
         select $1, $2, $3, * from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
           $10::float8[])`,
        [
          getCorrelationId(),
          tenantId,
          identityOf(text),
          column('detector'),
          column('framework'),
          column('frameworkVersion'),
          column('control'),
          column('category'),
          column('severity'),
          column('confidence'),
        ],
      );
    } catch (error) {
      throw new StorageError('The database did not take the mappings', { cause: error });
    }
  }
}
