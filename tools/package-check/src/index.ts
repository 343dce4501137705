export { Consumer } from './consumer.js';
export { folderSize } from './folder-size.js';
export { checkConsumers } from './matrix/consumers.js';
export { pack, publishedPackages } from './published-package.js';
export type { ConsumersOptions } from './matrix/consumers.js';
export type { Outcome } from './matrix/outcome.js';
export type { PublishedPackage } from './published-package.js';
