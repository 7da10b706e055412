/** Calls our own HTTP API as a backend would, and throws what it answers other than success. */
export async function postToApi<Answer>(
  api: { url: string; key: string },
  path: string,
  request: { idempotencyKey: string; body: object },
): Promise<Answer> {
  const response = await fetch(api.url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${api.key}`,
      'content-type': 'application/json',
      'idempotency-key': request.idempotencyKey,
    },
    body: JSON.stringify(request.body),
  });
  if (!response.ok) {
    throw new Error(`POST ${path} was answered ${response.status}: ${await response.text()}`);
  }
  return (await response.json()) as Answer;
}
