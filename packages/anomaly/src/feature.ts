import type { TransformName } from './transform.js';

/** A change against the typical (median) value. Where both are given, both must be exceeded. */
export interface Change {
  /** In the metric's own unit. Default 0. */
  readonly absolute?: number | undefined;
  /** As a factor less one: 1 is twice as much, or half. Default 0. */
  readonly relative?: number | undefined;
}

/** How one metric is judged. */
export interface FeatureOptions {
  /** Scale of its deviations; `'auto'` takes the logarithm where training values are positive and skewed. Default `'auto'`. */
  readonly transform?: TransformName | 'auto' | undefined;
  /** Which deviations count. Default `'both'`. */
  readonly direction?: 'up' | 'down' | 'both' | undefined;
  /** Smallest change worth reporting while thresholds rest on few windows. Default `{ relative: 0.1 }`. */
  readonly minChange?: Change | undefined;
  /** Smallest change that a single window can report; a lasting one needs only `minChange`. Default: as `minChange`. */
  readonly minJump?: Change | undefined;
  /** Smallest change worth reporting once thresholds are calibrated. Default: `minChange` where that is given, else `{ relative: 0.05 }`. */
  readonly minCalibratedChange?: Change | undefined;
  /** Change that a single window reports however wild training was, unless training saw as much; `false` for none. Default `false`. */
  readonly certainJump?: Change | false | undefined;
}

/** Options with their defaults, and the name. */
export interface FeatureSettings {
  readonly name: string;
  readonly transform: TransformName | 'auto';
  readonly direction: 'up' | 'down' | 'both';
  readonly minChange: Required<Change>;
  readonly minJump: Required<Change>;
  readonly minCalibratedChange: Required<Change>;
  readonly minCalibratedJump: Required<Change>;
  readonly certainJump: Required<Change> | undefined;
}

/** The five features that every model is watched by unless told otherwise. */
export const defaultFeatures = {
  /** Mean confidence of the window's results, 0 to 1. */
  avg_confidence: {
    transform: 'proportion',
    minChange: { absolute: 0.05 },
    minJump: { absolute: 0.15 },
    minCalibratedChange: { absolute: 0.005 },
    certainJump: { absolute: 0.4 },
  },
  /** Typical latency of the window's calls, any unit of time. */
  inference_latency: {
    transform: 'log',
    direction: 'up',
    minChange: { relative: 1 },
    minJump: { relative: 4 },
    minCalibratedChange: { relative: 0.05 },
    certainJump: { relative: 6 },
  },
  /** Share of the window's calls that failed, 0 to 1. */
  error_rate: {
    transform: 'proportion',
    direction: 'up',
    minChange: { absolute: 0.05 },
    minJump: { absolute: 0.1 },
    minCalibratedChange: { absolute: 0.004 },
    certainJump: { absolute: 0.5 },
  },
  /** Calls per unit of time. */
  throughput: {
    transform: 'log',
    minChange: { relative: 1 },
    minJump: { relative: 4 },
    minCalibratedChange: { relative: 0.05 },
    certainJump: { relative: 9 },
  },
  /** Memory in use, any unit. */
  memory_usage: {
    transform: 'log',
    direction: 'up',
    minChange: { relative: 1 },
    minJump: { relative: 2 },
    minCalibratedChange: { relative: 0.03 },
    certainJump: { relative: 4 },
  },
} as const satisfies Record<string, FeatureOptions>;

const MAX_FEATURES = 200;

/** Lays the given features over the five defaults (`false` leaves one out) and checks them. */
export function resolveFeatures(
  given: Readonly<Record<string, FeatureOptions | false>> = {},
): FeatureSettings[] {
  const names = new Set([...Object.keys(defaultFeatures), ...Object.keys(given)]);
  const features: FeatureSettings[] = [];
  for (const name of names) {
    const own = Object.hasOwn(given, name) ? given[name] : undefined;
    if (own !== false) features.push(resolveFeature(name, own ?? {}));
  }
  if (features.length === 0) throw new RangeError('features must leave at least one metric');
  if (features.length > MAX_FEATURES) {
    throw new RangeError(`features must be at most ${MAX_FEATURES}, got ${features.length}`);
  }
  return features;
}

function resolveFeature(name: string, own: FeatureOptions): FeatureSettings {
  if (name === '' || name.length > 200) {
    throw new RangeError(`features: a name must have 1 to 200 characters, got ${name.length}`);
  }
  // The one name that an object of named numbers cannot hold.
  if (name === '__proto__') throw new RangeError('features: a name must not be "__proto__"');
  if (typeof own !== 'object') {
    throw new TypeError(`features.${name} must be an object or false, got ${String(own)}`);
  }
  const base: FeatureOptions = Object.hasOwn(defaultFeatures, name)
    ? defaultFeatures[name as keyof typeof defaultFeatures]
    : {};
  const transform = own.transform ?? base.transform ?? 'auto';
  const direction = own.direction ?? base.direction ?? 'both';
  oneOf(`features.${name}.transform`, transform, ['auto', 'identity', 'log', 'proportion']);
  oneOf(`features.${name}.direction`, direction, ['up', 'down', 'both']);
  const minChange = own.minChange ?? base.minChange ?? { relative: 0.1 };
  // What somebody said is worth reporting holds for good; the defaults only stand in for experience.
  const minCalibratedChange = own.minCalibratedChange ??
    own.minChange ??
    base.minCalibratedChange ?? { relative: 0.05 };
  const certainJump = own.certainJump ?? base.certainJump ?? false;
  return {
    name,
    transform,
    direction,
    minChange: checkChange(`features.${name}.minChange`, minChange),
    minJump: checkChange(`features.${name}.minJump`, own.minJump ?? base.minJump ?? minChange),
    minCalibratedChange: checkChange(`features.${name}.minCalibratedChange`, minCalibratedChange),
    minCalibratedJump: checkChange(`features.${name}.minJump`, own.minJump ?? minCalibratedChange),
    certainJump:
      certainJump === false ? undefined : checkChange(`features.${name}.certainJump`, certainJump),
  };
}

function checkChange(name: string, change: Change): Required<Change> {
  if (typeof change !== 'object') {
    throw new TypeError(`${name} must be an object, got ${String(change)}`);
  }
  const { absolute = 0, relative = 0 } = change;
  for (const [key, value] of Object.entries({ absolute, relative })) {
    if (!(Number.isFinite(value) && value >= 0)) {
      throw new RangeError(`${name}.${key} must be a finite number from 0, got ${String(value)}`);
    }
  }
  return { absolute, relative };
}

function oneOf(name: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) {
    throw new RangeError(
      `${name} must be one of ${allowed.join(', ')}, got ${JSON.stringify(value)}`,
    );
  }
}
