/** The form for a token, once for each browser. */

import { i18n } from "@lingui/core";
import { type FormEvent, useState } from "react";

import { Refused, type Session, logIn } from "../api/session";

type Problem = "unknown" | "unreachable";

export function Login({ enter }: { enter: (session: Session) => void }) {
  const [problem, setProblem] = useState<Problem>();
  const [isBusy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const token = String(new FormData(event.currentTarget).get("token") ?? "").trim();
    setBusy(true);
    try {
      enter(await logIn({ token }));
    } catch (reason) {
      setProblem(reason instanceof Refused ? "unknown" : "unreachable");
      setBusy(false);
    }
  }

  return (
    <main className="login">
      <form onSubmit={submit}>
        <h1>{i18n._("Log in to Shopfloor")}</h1>
        <label htmlFor="token">{i18n._("Token")}</label>
        <input
          id="token"
          name="token"
          type="password"
          autoComplete="current-password"
          required
          autoFocus
          aria-describedby="help"
          aria-invalid={problem === "unknown"}
        />
        <p id="help" className="note">
          {i18n._("On the machine that runs Shopfloor it is in the file `token` of the data folder. It is given to the server once and not kept here.")}
        </p>
        <p role="alert" className="problem">
          {problem === "unknown" && i18n._("This token is not known. Copy it again, whole and without spaces.")}
          {problem === "unreachable" && i18n._("The server does not answer. Is `shopfloor up` running?")}
        </p>
        <button type="submit" disabled={isBusy}>
          {i18n._("Log in")}
        </button>
      </form>
    </main>
  );
}
