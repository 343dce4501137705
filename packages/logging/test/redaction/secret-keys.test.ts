import { describe, expect, it } from 'vitest';
import { secretKeyTest } from '../../src/redaction/secret-keys.js';

const isSecret = secretKeyTest();

describe('secretKeyTest', () => {
  it.each([
    ...['password', 'userPassword', 'DB_PASSWORD', 'passwd', 'pwd', 'passphrase'],
    ...['authorization', 'Authorization', 'Proxy-Authorization', 'cookie', 'set-cookie', 'cookies'],
    ...['api_key', 'apiKey', 'APIKey', 'apikey', 'X-API-Key', 'OPENAI_API_KEY', 'openaiApiKey'],
    ...['token', 'accessToken', 'refresh_token', 'x-auth-token', 'access_tokens', 'idToken'],
    ...[
      'secret',
      'client_secret',
      'clientSecret',
      'private_key',
      'secretKey',
      'AWS_SECRET_ACCESS_KEY',
    ],
    ...['credentials', 'jwt', 'cvv', 'ssn', 'cardNumber', 'auth', 'connectionString'],
  ])('masks the text under %s', (key) => {
    expect(isSecret(key, 'hunter2')).toBe(true);
  });

  it.each([
    ...[
      'tokens',
      'max_tokens',
      'input_tokens',
      'tokenCount',
      'token_usage',
      'author',
      'authored_by',
    ],
    ...['key', 'keyboard', 'monkey', 'compass', 'passed', 'tenant_id', 'correlation_id', 'session'],
  ])('shows the text under %s', (key) => {
    expect(isSecret(key, 'plain')).toBe(false);
  });

  it('takes figures and flags about secrets for what they are', () => {
    expect(isSecret('time_to_first_token', 0.2)).toBe(false);
    expect(isSecret('secrets_found', 3)).toBe(false);
    expect(isSecret('password', true)).toBe(false);
    expect(isSecret('password', 1234)).toBe(true);
    expect(isSecret('cvv', 123n)).toBe(true);
  });

  it('takes what was said to a model and what it said for a secret, and shows it on request', () => {
    const said = ['prompt', 'systemPrompt', 'prompts', 'completion', 'gen_ai.input.messages'];
    const more = ['gen_ai.output.messages', 'gen_ai.system_instructions', 'chatMessages'];
    const open = secretKeyTest({ content: true });
    for (const key of [...said, ...more]) {
      expect([key, isSecret(key, 'text'), open(key, 'text')]).toEqual([key, true, false]);
    }
    const chat = [{ role: 'user', content: 'text' }];
    expect([isSecret('messages', chat), open('messages', chat)]).toEqual([true, false]);
    expect(isSecret('messages', ['disk full'])).toBe(false);
    expect(isSecret('messages', 12)).toBe(false);
    for (const key of ['prompt_tokens', 'promptId', 'prompted', 'completion_reason', 'message']) {
      expect([key, isSecret(key, 'text')]).toEqual([key, false]);
    }
    expect(isSecret('completion', 0.75)).toBe(false);
    expect(open('password', 'hunter2')).toBe(true);
  });

  it('masks more names in any spelling, and leaves out the excepted', () => {
    const own = secretKeyTest({ keys: ['user_email', 'пароль'], except: ['session token'] });
    expect(own('userEmail', 'x')).toBe(true);
    expect(own('X-User-Email', 'x')).toBe(true);
    expect(own('пароль', 'x')).toBe(true);
    expect(own('sessionToken', 'x')).toBe(false);
    expect(own('email', 'x')).toBe(false);
  });

  it('gives the same answer whether it remembers the key or not', () => {
    const test = secretKeyTest();
    for (let i = 0; i < 5000; i++) test(`key${i}`, 'x');
    expect(test('late_password', 'x')).toBe(true);
    expect(test('late_password', 'x')).toBe(true);
    expect(test('late', 'x')).toBe(false);
  });
});
