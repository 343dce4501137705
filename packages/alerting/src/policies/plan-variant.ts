import type { Plan } from './plan.js';

/** What a raise may say about its own alert, other than its policy. */
export interface PlanChange {
  readonly occurrence?: Plan['occurrence'] | undefined;
  readonly expireAfterMillis?: number | undefined;
}

const variants = new WeakMap<Plan, Map<string, Plan>>();
const maxVariants = 256;

/** The plan with these changes: the same object for the same changes, since stores recognise plans by it. */
export function planVariant(plan: Plan, change: PlanChange): Plan {
  const { occurrence = plan.occurrence, expireAfterMillis = plan.expireAfterMillis } = change;
  if (occurrence === plan.occurrence && expireAfterMillis === plan.expireAfterMillis) return plan;
  let known = variants.get(plan);
  if (known === undefined) {
    known = new Map();
    variants.set(plan, known);
  }
  const key = `${occurrence} ${String(expireAfterMillis)}`;
  let variant = known.get(key);
  if (variant === undefined) {
    variant = { ...plan, occurrence, expireAfterMillis };
    if (known.size >= maxVariants) known.clear();
    known.set(key, variant);
  }
  return variant;
}
