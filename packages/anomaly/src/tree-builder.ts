import { IsolationForest as LibraryForest, type TreeNode } from 'ml-isolation-forest';

import { type Random, withMathRandom } from './seeded-random.js';

/** What is told, in preorder, while a tree is built. */
export interface TreeVisitor {
  /** A split: rows with `column < threshold` go left. The left subtree follows, then the right one. */
  split(column: number, threshold: number): void;
  /** A leaf at `depth` edges below the root, holding `count` training rows. */
  leaf(depth: number, count: number): void;
}

/**
 * Builds one isolation tree with ml-isolation-forest and tells it to `visitor` with scikit-learn's
 * semantics. The library differs in three ways that are evened out here: it spends depth on columns
 * that are constant in a node (such a split separates nothing and is skipped), it goes one level
 * deeper (cut off), and it may therefore stop early on a path (grown on from the leaf's rows).
 */
export function buildTree(
  rows: readonly ArrayLike<number>[],
  maxDepth: number,
  random: Random,
  visitor: TreeVisitor,
): void {
  const grow = (
    sample: readonly ArrayLike<number>[],
    columns: readonly number[],
    depth: number,
  ): void => {
    const varying = depth < maxDepth ? varyingColumns(sample) : [];
    if (varying.length === 0) {
      visitor.leaf(depth, sample.length);
      return;
    }
    const names = varying.map((column) => columns[column] as number);
    const isWhole = varying.length === columns.length;
    walk(trainTree(isWhole ? sample : sample.map(only(varying)), random), names, depth);
  };
  const walk = (node: TreeNode, columns: readonly number[], depth: number): void => {
    const { left, right } = node;
    if (left === undefined || right === undefined) {
      grow(node.trainingSet ?? [], columns, depth);
    } else if (rowsBelow(left) === 0) {
      walk(right, columns, depth);
    } else if (depth === maxDepth) {
      visitor.leaf(depth, rowsBelow(node));
    } else {
      visitor.split(columns[node.splitColumn as number] as number, node.splitValue as number);
      walk(left, columns, depth + 1);
      walk(right, columns, depth + 1);
    }
  };
  const width = rows[0]?.length ?? 0;
  grow(
    rows,
    Array.from({ length: width }, (_, column) => column),
    0,
  );
}

function only(columns: readonly number[]): (row: ArrayLike<number>) => number[] {
  return (row) => columns.map((column) => row[column] as number);
}

function trainTree(rows: readonly ArrayLike<number>[], random: Random): TreeNode {
  const library = new LibraryForest({ nEstimators: 1 });
  withMathRandom(random, () => library.train(rows));
  return library.forest[0] as TreeNode;
}

function varyingColumns(rows: readonly ArrayLike<number>[]): number[] {
  const first = rows[0];
  if (first === undefined) return [];
  const varying: number[] = [];
  for (let column = 0; column < first.length; column += 1) {
    if (rows.some((row) => row[column] !== first[column])) varying.push(column);
  }
  return varying;
}

function rowsBelow(node: TreeNode): number {
  if (node.left === undefined || node.right === undefined) return node.trainingSet?.length ?? 0;
  return rowsBelow(node.left) + rowsBelow(node.right);
}
