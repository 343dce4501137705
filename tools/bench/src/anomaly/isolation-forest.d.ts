declare module 'isolation-forest' {
  export class IsolationForest {
    constructor(numberOfTrees?: number, subsamplingSize?: number);
    fit(rows: Record<string, number>[]): unknown;
    predict(rows: Record<string, number>[]): number[];
  }
}
