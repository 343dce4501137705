declare module 'ml-isolation-forest' {
  /** A node as the library leaves it after `train`: inner nodes have both children, leaves have rows. */
  export interface TreeNode {
    readonly left?: TreeNode;
    readonly right?: TreeNode;
    readonly splitColumn?: number;
    readonly splitValue?: number;
    readonly trainingSet?: readonly ArrayLike<number>[];
  }

  export class IsolationForest {
    constructor(options?: { nEstimators?: number });
    readonly forest: TreeNode[];
    train(trainingSet: readonly ArrayLike<number>[]): void;
  }
}
