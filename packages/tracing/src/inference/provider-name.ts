/** How frameworks begin to name providers, the longer names first, and the names of the conventions. */
const names: readonly (readonly [string, string])[] = [
  ['google.vertex', 'gcp.vertex_ai'],
  ['google-vertex', 'gcp.vertex_ai'],
  ['google-vertexai', 'gcp.vertex_ai'],
  ['vertexai', 'gcp.vertex_ai'],
  ['vertex', 'gcp.vertex_ai'],
  ['google', 'gcp.gemini'],
  ['amazon-bedrock', 'aws.bedrock'],
  ['bedrock', 'aws.bedrock'],
  ['azure-openai', 'azure.ai.openai'],
  ['azure', 'azure.ai.openai'],
  ['mistral', 'mistral_ai'],
  ['mistralai', 'mistral_ai'],
  ['xai', 'x_ai'],
  ['moonshotai', 'moonshot_ai'],
];

/** `gen_ai.provider.name` of a model whose framework calls it by a name such as `openai.chat`. */
export function providerName(provider: string): string {
  const written = provider.toLowerCase().replaceAll('_', '-');
  for (const [prefix, name] of names) {
    const after = written.charAt(prefix.length);
    if (written.startsWith(prefix) && (after === '' || after === '.' || after === '-')) return name;
  }
  // `anthropic.messages`, `groq.chat`, and providers of one's own.
  const [own = ''] = provider.split('.', 1);
  return own === '' ? 'unknown' : own.slice(0, 256);
}
