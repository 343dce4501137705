/** What the page asks of the service; an answer that is none is told in words. */

/** @returns {Promise<{ ok: boolean, status: number, body: any }>} */
export async function ask(path, body) {
  try {
    const response = await fetch(
      path,
      body === undefined
        ? {}
        : {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(body),
          },
    );
    const answer = await response.json();
    return { ok: response.ok, status: response.status, body: answer };
  } catch {
    return { ok: false, status: 0, body: { error: 'the service does not answer' } };
  }
}
