/** How a service is traced. */
export const ways = [
  'nothing',
  'ours',
  'ours, all instrumentations',
  'ids only',
  '@fastify/otel + http',
  'http alone',
] as const;
export type Way = (typeof ways)[number];

/** What a parent asks of a service, by message. */
export interface Order {
  readonly order: 'measure' | 'profile' | 'end';
  readonly requests: number;
}
