/** Who GitHub says is running this: claims of the identity token that the job was given. */
export interface RunnerIdentity {
  readonly environment?: string;
  readonly event_name?: string;
  readonly ref?: string;
  readonly repository?: string;
  readonly workflow_ref?: string;
}

/**
 * Asks GitHub who we are; undefined where nobody can tell, such as on a laptop. The registry checks the token itself:
 * its claims are read here only to refuse early.
 */
export async function runnerIdentity(env: NodeJS.ProcessEnv): Promise<RunnerIdentity | undefined> {
  const url = env['ACTIONS_ID_TOKEN_REQUEST_URL'];
  const token = env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'];
  if (env['GITHUB_ACTIONS'] !== 'true' || url === undefined || token === undefined)
    return undefined;
  const asked = new URL(url);
  asked.searchParams.set('audience', 'release-check');
  const response = await fetch(asked, {
    headers: { authorization: `bearer ${token}` },
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) throw new Error(`GitHub gave no identity token: ${response.status}`);
  const { value } = (await response.json()) as { value: string };
  const claims = value.split('.')[1];
  if (claims === undefined) throw new Error('GitHub gave an identity token without claims');
  return JSON.parse(Buffer.from(claims, 'base64url').toString()) as RunnerIdentity;
}
