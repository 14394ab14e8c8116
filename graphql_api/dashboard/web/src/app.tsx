/** The frame around every page: which store, which page, which language, who. */

import { i18n } from "@lingui/core";
import { useCallback, useEffect, useState } from "react";

import { linkTo, useAddress } from "./address";
import { useAnswer } from "./api/client";
import { type Session, findSession, logOut } from "./api/session";
import { ShellDocument } from "./generated/graphql";
import { Login } from "./login/login";
import { PAGES } from "./pages";
import { Waiting } from "./shared/state";
import { LANGUAGES, type Language, speak } from "./text/language";

const RENEW_EVERY_MS = 1_800_000;

export function App({ begun, spoken }: { begun: Session | null; spoken: Language }) {
  const [session, setSession] = useState(begun);
  const [language, setLanguage] = useState(spoken);
  const onLoggedOut = useCallback(() => setSession(null), []);
  useEffect(() => {
    if (!session) return undefined;
    const timer = setInterval(() => void findSession().then(sameBuild(session), () => undefined), RENEW_EVERY_MS);
    return () => clearInterval(timer);
  }, [session]);
  const choose = (wanted: Language) => void speak(wanted).then(setLanguage);
  return (
    <div key={language} className="app">
      {session ? (
        <Shell session={session} language={language} choose={choose} onLoggedOut={onLoggedOut} />
      ) : (
        <>
          <Login enter={setSession} />
          <footer className="foot">
            <Languages language={language} choose={choose} />
          </footer>
        </>
      )}
    </div>
  );
}

/** Load the page anew when the server has another one; a page never stays older than its server. */
const sameBuild = (session: Session) => (now: Session | null) => {
  if (now && now.build !== session.build) location.reload();
};

interface ShellProps {
  session: Session;
  language: Language;
  choose: (language: Language) => void;
  onLoggedOut: () => void;
}

function Shell({ session, language, choose, onLoggedOut }: ShellProps) {
  const [address, go] = useAddress();
  const answer = useAnswer(ShellDocument, {});
  useEffect(() => {
    if (answer.trouble === "logged-out") onLoggedOut();
  }, [answer.trouble, onLoggedOut]);
  const stores = answer.data?.stores?.nodes ?? [];
  const store = stores.find((each) => each.id === address.store)?.id ?? address.store ?? stores[0]?.id;
  const name = stores.find((each) => each.id === store)?.name;
  const pages = PAGES.filter((each) => !each.ofMany || stores.length > 1);
  const page = PAGES.find((each) => each.name === address.page) ?? PAGES[0];
  const title = page?.title() ?? "";
  useEffect(() => {
    document.title = [title, name, "Shopfloor"].filter(Boolean).join(" · ");
  }, [title, name]);

  return (
    <>
      <a className="skip" href="#main">
        {i18n._("Skip to the page")}
      </a>
      <header className="head">
        <p className="brand">Shopfloor</p>
        {stores.length > 1 ? (
          <label className="store">
            <span className="hidden">{i18n._("Store")}</span>
            <select value={store} onChange={(event) => go({ ...address, store: event.target.value })}>
              {stores.map((each) => (
                <option key={each.id} value={each.id}>
                  {each.name}
                </option>
              ))}
            </select>
          </label>
        ) : (
          <p className="store">{name}</p>
        )}
        <nav aria-label={i18n._("Pages")}>
          <ul>
            {pages.map((each) => (
              <li key={each.name}>
                <a
                  href={linkTo({ page: each.name, store: store ?? null })}
                  aria-current={each.name === page?.name ? "page" : undefined}
                >
                  {each.title()}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <div className="who">
          <Languages language={language} choose={choose} />
          <button
            type="button"
            title={i18n._("Logged in as {name}", { name: session.name })}
            onClick={() => void logOut().finally(onLoggedOut)}
          >
            {i18n._("Log out")}
          </button>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        <h1 className="hidden">{[title, name].filter(Boolean).join(", ")}</h1>
        {answer.data === undefined ? (
          <Waiting answer={answer} />
        ) : store === undefined ? (
          <Empty />
        ) : (
          page && <page.View key={`${page.name} ${store}`} store={store} onLoggedOut={onLoggedOut} />
        )}
      </main>
    </>
  );
}

function Empty() {
  return (
    <section className="empty">
      <h2>{i18n._("No store yet")}</h2>
      <p>
        {i18n._("A store begins with its layout file. Start Shopfloor with it:")} <code>shopfloor up --layout shop.toml</code>
      </p>
    </section>
  );
}

function Languages({ language, choose }: { language: Language; choose: (language: Language) => void }) {
  return (
    <label className="languages">
      <span className="hidden">{i18n._("Language")}</span>
      <select value={language} onChange={(event) => choose(event.target.value as Language)}>
        {Object.entries(LANGUAGES).map(([each, name]) => (
          <option key={each} value={each} lang={each}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
