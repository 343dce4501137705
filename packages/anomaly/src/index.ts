export { IsolationForest } from './isolation-forest.js';

export type { ForestDocument } from './forest-document.js';
export type { IsolationForestOptions } from './isolation-forest.js';
export type { Rows } from './rows.js';
