/** What a detector found in a text. The text itself never travels with it. */
export interface Detection {
  /** A category of the taxonomy. */
  readonly category: Category;
  /** How sure the detector is, 0 to 1. */
  readonly confidence: number;
  /** Where it is: offsets into the text in UTF-16 units, `end` exclusive. */
  readonly span: { readonly start: number; readonly end: number };
}

export const categories = [
  'email_address',
  'payment_card',
  'iban',
  'ip_address',
  'us_ssn',
  'phone_number',
  'credential',
  'prompt_injection',
] as const;

export type Category = (typeof categories)[number];

export interface Detector {
  readonly name: string;
  /** Version of the model or rules, as it stands in metrics. */
  readonly version: string;
  detect(text: string, signal?: AbortSignal): Promise<readonly Detection[]> | readonly Detection[];
}
