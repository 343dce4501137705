/** How the SDK's providers begin to name themselves, the longer ones first, and the conventions' names. */
const names: readonly (readonly [string, string])[] = [
  ['google.vertex', 'gcp.vertex_ai'],
  ['google-vertex', 'gcp.vertex_ai'],
  ['vertex', 'gcp.vertex_ai'],
  ['google', 'gcp.gemini'],
  ['amazon-bedrock', 'aws.bedrock'],
  ['bedrock', 'aws.bedrock'],
  ['azure-openai', 'azure.ai.openai'],
  ['azure', 'azure.ai.openai'],
  ['mistral', 'mistral_ai'],
  ['xai', 'x_ai'],
  ['moonshotai', 'moonshot_ai'],
];

/** `gen_ai.provider.name` of a model such as that of `openai.chat`. */
export function providerName(provider: string): string {
  for (const [prefix, name] of names) {
    const after = provider.charAt(prefix.length);
    if (provider.startsWith(prefix) && (after === '' || after === '.' || after === '-'))
      return name;
  }
  // `anthropic.messages`, `groq.chat`, and providers of one's own.
  const [own = ''] = provider.split('.', 1);
  return own === '' ? 'unknown' : own.slice(0, 256);
}
