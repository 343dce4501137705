import type { Change } from './feature.js';
import { backward, clampToDomain, forward, type Transform } from './transform.js';

/** What a change upwards (1) or downwards (-1) of a value comes to on the transformed scale. */
export function changeOnScale(
  transform: Transform,
  centre: number,
  { absolute = 0, relative = 0 }: Change,
  sign: 1 | -1,
): number {
  if (absolute === 0 && relative === 0) return 0;
  const value = backward(transform, centre) ?? clampToDomain(transform.name, 0);
  const outward = sign * value >= 0;
  const factor = outward ? relative : relative / (1 + relative);
  const distance = Math.max(absolute, factor * Math.abs(value));
  const edge = clampToDomain(transform.name, value + sign * distance);
  return Math.max(0, sign * (forward(transform, edge) - centre));
}
