import type { Attributes } from '@opentelemetry/api';
import { genAi } from '../inference/conventions.js';
import { addParameter, addServer } from '../inference/server.js';
import type { OpenAICall } from './observe-openai.js';

type Names = readonly (readonly [parameter: string, attribute: string])[];

/** Attributes of a request, from those of its parameters that have a name in the conventions. */
export function requestAttributes(
  body: Record<string, unknown>,
  names: Names,
  about: OpenAICall,
): Attributes {
  const attributes: Attributes = { ...about.settings.attributes };
  addServer(attributes, about.server);
  if (body['stream'] === true) attributes[genAi.requestStream] = true;
  for (const [parameter, attribute] of names) {
    const value = body[parameter];
    if (value !== undefined) addParameter(attributes, attribute, value);
  }
  return attributes;
}

/** The model of a request; some servers let it be left out. */
export function modelOf(body: Record<string, unknown>): string {
  const { model } = body;
  return typeof model === 'string' && model !== '' ? model.slice(0, 256) : 'unknown';
}
