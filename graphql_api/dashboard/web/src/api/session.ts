/** Who is logged in: a token or the printed code once, then a cookie that scripts cannot read. */

/** Another site's page cannot send it, so the server knows that a request is ours. */
export const PAGE_HEADER = { "X-Shopfloor-Page": "1" } as const;

export interface Session {
  name: string;
  permissions: string[];
  expiresAt: string;
  build: string;
}

export class Refused extends Error {
  constructor(readonly status: number) {
    super(`refused with ${status}`);
  }
}

async function asked(method: string, body?: object): Promise<Response> {
  const headers = { ...PAGE_HEADER, ...(body ? { "Content-Type": "application/json" } : {}) };
  const response = await fetch("/session", { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  if (!response.ok) throw new Refused(response.status);
  return response;
}

export const logIn = async (given: { token: string } | { code: string }): Promise<Session> =>
  (await asked("POST", given)).json();

/** Return who is logged in by the cookie, which lasts anew from now; null when nobody is. */
export async function findSession(): Promise<Session | null> {
  const response = await asked("GET");
  return response.status === 204 ? null : response.json();
}

export const logOut = async (): Promise<void> => {
  await asked("DELETE");
};

/** Take the code out of the address, so that neither history nor a bookmark keeps it. */
export function takeCode(): string | null {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (code !== null) history.replaceState(null, "", location.pathname + location.search);
  return code;
}

/** Return who is logged in, by the code in the address or by the cookie; null when nobody is. */
export async function begin(): Promise<Session | null> {
  const code = takeCode();
  const found = await findSession();
  if (found || code === null) return found;
  try {
    return await logIn({ code });
  } catch (problem) {
    if (problem instanceof Refused && problem.status === 401) return null;
    throw problem;
  }
}
