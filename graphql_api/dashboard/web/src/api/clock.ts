/** The server's clock: a browser's own may be wrong by hours. */

let ahead = 0;

/** Learn from an answer how far the server's clock is ahead; its header is told in whole seconds. */
export function learnTime(response: Response): void {
  const told = Date.parse(response.headers.get("date") ?? "");
  if (!Number.isNaN(told) && Math.abs(told - Date.now() - ahead) > 2_000) ahead = told - Date.now();
}

/** Return the moment by the server's clock. */
export const serverNow = (): number => Date.now() + ahead;
