import { readFileSync } from 'node:fs';
import { categories, type Category } from './detectors/detector.js';

export const severities = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** One control of one framework that a finding touches. */
export interface Control {
  readonly framework: string;
  readonly frameworkVersion: string;
  readonly control: string;
  readonly severity: Severity;
}

interface TaxonomyFile {
  readonly frameworks: Readonly<Record<string, { readonly version: string }>>;
  readonly categories: Readonly<
    Record<
      Category,
      {
        readonly severity: Severity;
        readonly controls: Readonly<Record<string, readonly string[]>>;
      }
    >
  >;
}

const file = new URL('../data/taxonomy.json', import.meta.url);

/**
 * Which controls a category of findings touches, from `data/taxonomy.json`.
 *
 * @throws Error that names the category or framework which the file lacks.
 */
export function loadTaxonomy(
  text = readFileSync(file, 'utf8'),
): (category: Category) => readonly Control[] {
  const taxonomy = JSON.parse(text) as TaxonomyFile;
  const controls = new Map<Category, readonly Control[]>();
  for (const category of categories) {
    const entry = taxonomy.categories[category] as TaxonomyFile['categories'][Category] | undefined;
    if (entry === undefined)
      throw new Error(`The taxonomy has no entry for the category "${category}"`);
    if (!severities.includes(entry.severity)) {
      throw new Error(
        `The taxonomy gives "${category}" the unknown severity "${entry.severity as string}"`,
      );
    }
    const list = Object.entries(entry.controls).flatMap(([framework, ids]) => {
      const version = taxonomy.frameworks[framework]?.version;
      if (version === undefined)
        throw new Error(`"${category}" names the unknown framework "${framework}"`);
      return ids.map((control) => ({
        framework,
        frameworkVersion: version,
        control,
        severity: entry.severity,
      }));
    });
    controls.set(category, list);
  }
  return (category) => controls.get(category) ?? [];
}
