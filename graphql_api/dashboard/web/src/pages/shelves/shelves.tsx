/** What is in the places of the shelves, what is to be filled, and what the labels say. */

import { i18n } from "@lingui/core";
import { useEffect } from "react";

import { serverNow } from "../../api/clock";
import { useAnswer } from "../../api/client";
import { ShelvesDocument } from "../../generated/graphql";
import { State, Waiting } from "../../shared/state";
import { count } from "../../text/format";
import type { Page, PageProps } from "../page";
import { Facings } from "./facings";
import { type Place, type Store, differs, placesOf } from "./places";
import { Tasks } from "./tasks";

function Shelves({ store: id, onLoggedOut }: PageProps) {
  const answer = useAnswer(ShelvesDocument, { store: id });
  useEffect(() => {
    if (answer.trouble === "logged-out") onLoggedOut();
  }, [answer.trouble, onLoggedOut]);
  if (answer.data === undefined) return <Waiting answer={answer} />;
  const store = answer.data.store;
  if (!store) return <p className="empty">{i18n._("This store is not known, or your token may not see it.")}</p>;
  const places = placesOf(store, serverNow());
  return (
    <>
      <State answer={answer} freshness={store.freshness} zone={store.timeZone} />
      {places.length === 0 ? (
        <section className="empty">
          <h2>{i18n._("No shelves yet")}</h2>
          <p>
            {i18n._("This store's layout has no shelves. Draw them and their places in the layout file and start Shopfloor with it:")}{" "}
            <code>shopfloor up --layout shop.toml</code>
          </p>
        </section>
      ) : (
        <div className="shelves">
          <Summary places={places} store={store} />
          <Tasks store={store} />
          <Facings places={places} store={store} />
        </div>
      )}
    </>
  );
}

function Summary({ places, store }: { places: Place[]; store: Store }) {
  const unknown = places.filter((each) => each.state === null).length;
  const all = i18n._("of {count, plural, one {# place} other {# places}}", { count: places.length });
  const inState = (state: Place["state"]) => places.filter((each) => each.state === state).length;
  const others = places.filter((each) => differs(each, store.currency)).length;
  const read = places.filter((each) => differs(each, store.currency) !== null).length;
  const known = (value: number) => (unknown === places.length ? null : value);
  return (
    <div className="figures">
      <Count label={i18n._("Empty now")} value={known(inState("EMPTY"))} of={all} />
      <Count label={i18n._("Low now")} value={known(inState("LOW"))} of={all} />
      <Count label={i18n._("Not known now")} value={unknown} of={all} />
      <Count
        label={i18n._("Price unlike the plan")}
        value={read === 0 ? null : others}
        of={i18n._("of {count, plural, one {# label that was read} other {# labels that were read}}", { count: read })}
      />
    </div>
  );
}

function Count({ label, value, of }: { label: string; value: number | null; of: string }) {
  return (
    <section className="figure" aria-label={label}>
      <h2>{label}</h2>
      <p className="number">
        <strong>{count(value)}</strong> <span>{of}</span>
      </p>
    </section>
  );
}

export const shelves: Page = { name: "shelves", title: () => i18n._("Shelves"), View: Shelves };
