declare module 'llm_guardrail' {
  export function checkJailbreak(text: string): Promise<{ detected: boolean; confidence: number }>;
}
