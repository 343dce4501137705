export { storeConformance } from './testing/store-conformance.js';
export { VirtualClock } from './testing/virtual-clock.js';

export type { ConformanceCase, StoreHarness } from './testing/store-conformance.js';
